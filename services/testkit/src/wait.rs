//! Waiting for a condition, never for a time.

use std::time::{Duration, Instant};

/// Longer than anything takes on a slow machine under load; a test that gets here has failed.
const PATIENCE: Duration = Duration::from_secs(60);
const PAUSE: Duration = Duration::from_millis(20);

/// Asks `probe` again and again until it gives a value. While it does not, its error says what the state is instead.
///
/// # Panics
/// After 60 seconds, with `what` was waited for and the last state that was seen.
pub async fn wait_until<T>(what: &str, probe: impl AsyncFnMut() -> Result<T, String>) -> T {
    within(PATIENCE, what, probe).await
}

async fn within<T>(patience: Duration, what: &str, mut probe: impl AsyncFnMut() -> Result<T, String>) -> T {
    let start = Instant::now();
    let mut state = "not known".to_owned();
    loop {
        // A probe that hangs is as wrong as one that says no; the last state that was seen is what helps.
        let left = patience.saturating_sub(start.elapsed()) + PAUSE;
        match tokio::time::timeout(left, probe()).await {
            Ok(Ok(value)) => return value,
            Ok(Err(now)) => state = now,
            Err(_) => state.push_str(" (and then no answer)"),
        }
        assert!(start.elapsed() < patience, "waited {patience:?} for {what}; the last state was: {state}");
        tokio::time::sleep(PAUSE).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn it_ends_with_the_first_value() {
        let mut asked = 0;
        let value = wait_until("the third answer", async || {
            asked += 1;
            if asked == 3 { Ok("here") } else { Err(format!("asked {asked} times")) }
        })
        .await;
        assert_eq!((value, asked), ("here", 3));
    }

    #[tokio::test]
    #[should_panic(expected = "for what never comes; the last state was: still nothing")]
    async fn it_gives_up_with_the_last_state() {
        within(PAUSE, "what never comes", async || -> Result<(), String> { Err("still nothing".to_owned()) }).await;
    }

    #[tokio::test]
    #[should_panic(expected = "the last state was: not known (and then no answer)")]
    async fn it_gives_up_on_a_probe_that_hangs() {
        within(PAUSE, "an answer", async || -> Result<(), String> { std::future::pending().await }).await;
    }
}
