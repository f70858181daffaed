//! Texts around signing in and out.

use crate::Words;

words! {
    welcome_title: "Samen de zorg rond", "Care, together";
    welcome_text: "In Regiopool delen zorgorganisaties hun open diensten. Jij kiest wat bij je past.",
        "In Regiopool care organisations share their open shifts. You choose what fits you.";
    have_invitation: "Ik heb een uitnodiging", "I have an invitation";
    welcome_worker_title: "Voor medewerkers", "For workers";
    welcome_worker_text: "Zie welke diensten je kunt nemen, neem er een met één tik, en weet meteen dat hij van jou is.",
        "See which shifts you can take, take one with one tap, and know at once that it is yours.";
    welcome_planner_title: "Voor planners", "For planners";
    welcome_planner_text: "Plaats een open dienst en zie live wie hem neemt. De regels voor rust en bekwaamheid worden voor je bewaakt.",
        "Publish an open shift and see live who takes it. The rules for rest and competence are watched for you.";
    welcome_region_title: "Voor de regio", "For the region";
    welcome_region_text: "Eén plek waar organisaties, afspraken en pools bij elkaar komen.",
        "One place where organisations, agreements and pools come together.";
    sign_in_failed_title: "Inloggen is niet gelukt", "Signing in failed";
    sign_in_failed_text: "Misschien duurde het te lang, of stond er nog een ander venster open. Probeer het opnieuw.",
        "Perhaps it took too long, or another window was still open. Try again.";
    sign_in_cancelled_title: "Je bent niet ingelogd", "You are not signed in";
    sign_in_cancelled_text: "Je bent gestopt met inloggen. Log opnieuw in als je verder wilt.",
        "You stopped signing in. Sign in again if you want to go on.";
    signed_out_title: "Je bent uitgelogd", "You are signed out";
    signed_out_text: "Deel je deze computer met anderen? Log dan ook uit bij de inlogdienst van je organisatie. Anders kan de volgende \
        zonder wachtwoord verder als jij.",
        "Do you share this computer? Then sign out of your organisation's sign-in service too. Otherwise the next person can go on as \
        you without a password.";
    sign_out_there: "Log ook daar uit", "Sign out there too";
    account_title: "Waar ben ik ingelogd", "Where I am signed in";
    account_text: "Ken je een van deze niet, of is je telefoon weg? Log daar uit. We bewaren niet op welk apparaat je inlogt.",
        "Is one of these not yours, or is your phone gone? Sign out there. We do not keep on which device you sign in.";
    session_is_this: "Dit is waar je nu bent", "This is where you are now";
    end_session: "Log daar uit", "Sign out there";
    session_ended_notice: "Daar ben je uitgelogd.", "You are signed out there.";
    sign_out_everywhere: "Log overal uit", "Sign out everywhere";
    sign_out_worker: "Log overal uit", "Sign out everywhere";
    worker_signed_out_notice: "Deze persoon is overal uitgelogd.", "This person is signed out everywhere.";
    worker_has_no_user_notice: "Deze persoon heeft nog geen inlog. Nodig hem of haar uit.", "This person cannot sign in yet. Invite them.";
    invitation_title: "Uitnodiging", "Invitation";
    invitation_text: "We kennen je nog niet. Vul de code in die je van je organisatie kreeg.",
        "We do not know you yet. Fill in the code that you got from your organisation.";
    invitation_sign_in_first: "Log eerst in. Daarna koppelen we je uitnodiging aan jouw inlog.",
        "Sign in first. Then we link your invitation to your sign-in.";
    invitation_submit: "Ga verder", "Continue";
    field_code: "Code", "Code";
    hint_code: "Hoofdletters en streepjes maken niet uit.", "Capitals and hyphens do not matter.";
    demo_title: "Wie wil je zijn?", "Who do you want to be?";
    demo_text: "Dit is de inlog van de demo. Kies iemand, of vul een andere naam in.",
        "This is the sign-in of the demo. Choose somebody, or fill in another name.";
    demo_other_name: "Een andere naam", "Another name";
}

impl Words {
    /// Since when a session is there.
    pub fn signed_in_since(self, moment: &str) -> String {
        self.0.two(format!("Ingelogd sinds {moment}"), format!("Signed in since {moment}"))
    }

    /// When a session was last of use.
    pub fn session_last_used(self, moment: &str) -> String {
        self.0.two(format!("voor het laatst gebruikt {moment}"), format!("last used {moment}"))
    }
}
