//! What streams tell to whom: every streaming method, listened to as those to whom things belong and as others.

use std::time::Duration;

use chassis::{auth::Access, caller::Role, frame::Peer};
use tonic::Streaming;

use super::{
    Beyond, Side,
    raw::{open, streams},
    reach::places,
};

/// Longer than any word needs; a test that waits so long has failed.
const PATIENCE: Duration = Duration::from_secs(60);

/// Somebody who listens to a stream.
#[derive(Debug)]
pub struct Listener {
    /// The method and the role.
    pub who: String,
    words: Streaming<Vec<u8>>,
}

/// Begins every stream of the table as every role of this side, with an empty request: as those that do not reach over what lies between, or
/// as all of them. Whoever is listening hears what changes after this.
///
/// # Panics
/// When one of them is not let in.
pub async fn listen(peer: &Peer, table: &[Access], side: &Side<'_>, between: Option<Beyond>) -> Vec<Listener> {
    let mut listeners = Vec::new();
    for row in table.iter().filter(|row| streams(row.method)) {
        let roles = Role::ALL.iter().filter_map(|role| Some((*role, row.who.reach(*role)?)));
        for (role, reach) in roles.filter(|(_, reach)| between.is_none_or(|between| between.bounds(*reach))) {
            let who = format!("{} as {role}", row.method);
            let begun = open(peer.clone(), row.method, Vec::new(), Some(&side.token(role, reach))).await;
            let words = begun.unwrap_or_else(|status| panic!("{who} is not let in: {status:?}"));
            listeners.push(Listener { who, words });
        }
    }
    listeners
}

impl Listener {
    /// Which of these the words told of, up to the first word that tells of `last`.
    ///
    /// # Panics
    /// When that word does not come within a minute.
    pub async fn told_until(&mut self, last: &str, of: &[String]) -> Vec<String> {
        let mut told = Vec::new();
        loop {
            let word = tokio::time::timeout(PATIENCE, self.words.message()).await;
            let word = word.unwrap_or_else(|_| panic!("{}: no word of {last} in time", self.who));
            let word = word.expect("a word").expect("not the end");
            told.extend(of.iter().filter(|id| !places(&word, id).is_empty()).cloned());
            if !places(&word, last).is_empty() {
                return told;
            }
        }
    }
}
