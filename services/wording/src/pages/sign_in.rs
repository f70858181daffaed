//! Texts before somebody is signed in.

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
