//! Texts about agreements, works councils and what people cost.

use crate::Words;

words! {
    agreement_title: "Overeenkomst", "Agreement";
    agreement_versions: "Alle versies", "All versions";
    agreement_this: "deze", "this one";
    agreement_approve: "Keur goed", "Approve";
    agreement_approved_notice: "Goedgekeurd.", "Approved.";
    agreement_proposed_notice: "Het voorstel is vastgelegd. De andere partij moet het nog goedkeuren.",
        "The proposal was recorded. The other side must approve it yet.";
    agreement_withdraw: "Wijs af of trek in", "Decline or take back";
    agreement_withdrawn_notice: "Het voorstel geldt niet meer.", "The proposal holds no more.";
    agreement_withdrawn_on: "Ingetrokken op", "Withdrawn on";
    agreement_changes: "Wat er verandert", "What changes";
    agreement_content: "Wat is afgesproken", "What was agreed";
    agreement_period: "Looptijd", "Days";
    agreed_nothing: "niets afgesproken", "nothing agreed";
    hint_last_day: "De laatste dag waarop de overeenkomst geldt, na de opzegtermijn.", "The last day on which the agreement holds, after the notice.";
    agreement_ended_notice: "De laatste dag is vastgelegd.", "The last day was recorded.";
    agreement_amend: "Stel een nieuwe versie voor", "Propose another version";
    agreement_amend_text: "De nieuwe versie gaat in op haar eerste dag, zodra beide partijen haar hebben goedgekeurd. De oude blijft te zien.",
        "The new version holds from its first day, once both sides have approved it. The old one stays to be seen.";
    agreement_end: "Zeg de overeenkomst op", "End the agreement";
    agreement_end_text: "Na de laatste dag kan niemand meer op deze overeenkomst werken.", "After the last day nobody can work on this agreement.";
    field_programmes: "Waarover", "About what";
    field_scope: "Wat de organisatie deelt", "What the organisation shares";
    field_notice: "Opzegtermijn in dagen", "Days of notice";
    field_vat: "Btw", "VAT";
    field_vat_reason: "Waarom zo", "Why so";
    field_vat_decided_by: "Wie dat bepaalde", "Who decided that";
    field_vat_from: "Btw zo vanaf", "VAT so from";
    field_lender_checked_on: "Registratie als uitlener nagekeken op", "Registration as a lender checked on";
    hint_lender: "Alleen nodig voor uitleen door een geregistreerde uitlener (LEN-02).", "Only needed for lending by a registered lender (LEN-02).";
    field_lender_checked_by: "Waar of door wie nagekeken", "Where or by whom it was checked";
    field_signed_association: "Op papier getekend door de vereniging", "Signed on paper by the association";
    field_signed_organisation: "Op papier getekend door de organisatie", "Signed on paper by the organisation";
    hint_signed: "Laat beide leeg als de organisatie hier in Regiopool goedkeurt.", "Leave both empty when the organisation approves here in Regiopool.";
    tariffs_title: "Tarieven per uur", "Tariffs an hour";
    hint_tariff: "In euro's, zonder btw. Laat leeg wat niet is afgesproken.", "In euros, without VAT. Leave empty what was not agreed.";
    approval_missing: "nog niet goedgekeurd", "not approved yet";

    terms_title: "Ondernemingsraad en loonkosten", "Works council and wage costs";
    council_title: "Besluiten van de ondernemingsraad", "Decisions of the works council";
    no_decisions: "Nog geen besluit vastgelegd.", "No decision recorded yet.";
    new_decision: "Nieuw besluit", "New decision";
    decision_submit: "Leg het besluit vast", "Record the decision";
    field_decided_on: "Dag van het besluit", "Day of the decision";
    field_decision: "Besluit", "Decision";
    field_note: "Opmerking", "Note";
    costs_title: "Loonkosten per uur", "Wage costs an hour";
    costs_text: "Een tarief voor collegiale uitleen mag niet hoger zijn dan wat een uur werkelijk kost (LEN-04).",
        "A tariff for collegial lending may not be above what an hour really costs (LEN-04).";
    no_costs: "Nog geen loonkosten vastgelegd.", "No wage costs recorded yet.";
    new_cost: "Nieuwe loonkosten", "New wage cost";
    cost_submit: "Leg de loonkosten vast", "Record the wage cost";
    field_cents: "Euro per uur", "Euros an hour";
    field_cost_from: "Vanaf", "From";
}

impl Words {
    /// Who approved when, on paper or here.
    pub fn approved_on(self, day: &str, on_paper: bool) -> String {
        match on_paper {
            true => self.0.two(format!("getekend op papier op {day}"), format!("signed on paper on {day}")),
            false => self.0.two(format!("goedgekeurd op {day}"), format!("approved on {day}")),
        }
    }

    /// A number of days of notice.
    pub fn days_of_notice(self, days: i32) -> String {
        self.0.two(format!("{days} dagen"), format!("{days} days"))
    }

    /// Approve for a side.
    pub fn approve_for(self, party: &str) -> String {
        self.0.two(format!("Keur goed voor {party}"), format!("Approve for {party}"))
    }
}
