//! Which answers hold something of a person, and whether they are on record (D17).

use chassis::file_reads::{
    Answer,
    Kept::{self, Not, Recorded},
};

const fn row(method: &'static str, kept: Kept) -> Answer {
    Answer { method, kept }
}

const JUST_WRITTEN: Kept = Not("tells only what the caller just wrote");
const OWN: Kept = Not("tells only what is the caller's own");
const NAMES: Kept = Not("tells names and ids alone");

pub(crate) const FILE_READS: &[Answer] = &[
    row("/regiopool.members.v1.WorkerService/CreateWorker", JUST_WRITTEN),
    row("/regiopool.members.v1.WorkerService/GetWorker", Recorded),
    row("/regiopool.members.v1.WorkerService/BatchGetWorkers", NAMES),
    row("/regiopool.members.v1.WorkerService/ListWorkers", Recorded),
    row("/regiopool.members.v1.WorkerService/CreateEmployment", JUST_WRITTEN),
    row("/regiopool.members.v1.WorkerService/UpdateEmployment", Recorded),
    row("/regiopool.members.v1.WorkerService/EndEmployment", Recorded),
    row("/regiopool.members.v1.WorkerService/ListExits", Recorded),
    row("/regiopool.members.v1.WorkerService/AddCompetence", JUST_WRITTEN),
    row("/regiopool.members.v1.WorkerService/ImportWorkers", Recorded),
    row("/regiopool.members.v1.WorkerService/ListWorkerFiles", Recorded),
    row("/regiopool.members.v1.UnavailabilityService/CreateUnavailability", JUST_WRITTEN),
    row("/regiopool.members.v1.UnavailabilityService/UpdateUnavailability", JUST_WRITTEN),
    row("/regiopool.members.v1.UnavailabilityService/ListUnavailabilities", Recorded),
    row("/regiopool.members.v1.ScheduleConstraintService/SetScheduleConstraints", JUST_WRITTEN),
    row("/regiopool.members.v1.ScheduleConstraintService/GetScheduleConstraints", Recorded),
    row("/regiopool.members.v1.MessageService/Notify", Not("tells the id of the message that the caller wrote")),
    row("/regiopool.members.v1.MessageService/GetMessageSettings", OWN),
    row("/regiopool.members.v1.MessageService/SetMessageSettings", OWN),
    row("/regiopool.members.v1.ConsentService/ListConsents", Recorded),
    row("/regiopool.members.v1.AccessLogService/ListFileReads", Not("tells who looked, and of the file only whose it is")),
    row("/regiopool.members.v1.AccessLogService/BatchGetReaders", NAMES),
    row("/regiopool.members.v1.IdentityService/SignIn", OWN),
    row("/regiopool.members.v1.IdentityService/RedeemInvitation", OWN),
    row("/regiopool.members.v1.IdentityService/RenewSession", OWN),
    row("/regiopool.members.v1.IdentityService/GetMe", OWN),
    row("/regiopool.members.v1.IdentityService/CreateUser", JUST_WRITTEN),
    row("/regiopool.members.v1.IdentityService/EndSessions", Not("tells how many sessions ended")),
    row("/regiopool.members.v1.IdentityService/InviteAgain", Not("tells name and roles of a user whom the caller may invite")),
];

#[cfg(test)]
mod tests {
    #[test]
    fn the_table_lists_exactly_the_answers_about_people() {
        assert_eq!(chassis::file_reads::mistakes("regiopool.members.v1", super::FILE_READS), Vec::<String>::new());
    }
}
