//! Counting wrong tokens, and asking for a pause after many.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use whose_store::Timestamp;

use crate::pages::WrongTokens;

/// The wrong tokens of a minute that are answered without a pause.
const FREE: u32 = 10;
const WINDOW: Duration = Duration::from_secs(60);
/// The first pause. Each further one is twice as long as the pause before.
const FIRST_PAUSE: Duration = Duration::from_secs(30);
const LONGEST_PAUSE: Duration = Duration::from_secs(3_600);
/// The time without a wrong token after which pauses are short again.
const QUIET: Duration = Duration::from_secs(2 * 3_600);

/// The wrong tokens that the server was sent, of everybody together.
#[derive(Debug)]
pub(super) struct FailedAttempts(Mutex<State>);

#[derive(Debug)]
struct State {
    total: u64,
    last: Option<SystemTime>,
    last_instant: Option<Instant>,
    window_start: Instant,
    in_window: u32,
    paused_until: Option<Instant>,
    next_pause: Duration,
}

impl FailedAttempts {
    pub(super) fn new() -> Self {
        Self(Mutex::new(State {
            total: 0,
            last: None,
            last_instant: None,
            window_start: Instant::now(),
            in_window: 0,
            paused_until: None,
            next_pause: FIRST_PAUSE,
        }))
    }

    /// Counts a wrong token. Returns how long the sender is asked to wait, after many of them.
    pub(super) fn add(&self) -> Option<Duration> {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        state.last = Some(SystemTime::now());
        state.add(Instant::now())
    }

    pub(super) fn count(&self) -> WrongTokens {
        let state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        WrongTokens {
            count: state.total,
            last: state.last.map(Timestamp::from),
        }
    }
}

impl State {
    fn add(&mut self, now: Instant) -> Option<Duration> {
        let since_last = self.last_instant.map(|last| now.duration_since(last));
        self.total = self.total.saturating_add(1);
        self.last_instant = Some(now);
        if let Some(until) = self.paused_until
            && now < until
        {
            return Some(until.duration_since(now));
        }
        if since_last.is_some_and(|quiet| quiet >= QUIET) {
            self.next_pause = FIRST_PAUSE;
        }
        let is_after_pause = self.paused_until.take().is_some();
        if is_after_pause || now.duration_since(self.window_start) >= WINDOW {
            (self.window_start, self.in_window) = (now, 0);
        }
        self.in_window += 1;
        if self.in_window <= FREE {
            return None;
        }
        let pause = self.next_pause;
        self.paused_until = now.checked_add(pause);
        self.next_pause = (pause * 2).min(LONGEST_PAUSE);
        Some(pause)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The pauses, in seconds, that wrong tokens at these times get.
    fn pauses(state: &mut State, times: impl IntoIterator<Item = Instant>) -> Vec<u64> {
        let added = times.into_iter().map(|time| state.add(time));
        added
            .map(|pause| pause.map_or(0, |it| it.as_secs()))
            .collect()
    }

    fn state() -> (State, Instant) {
        let state = FailedAttempts::new().0.into_inner().unwrap();
        let start = state.window_start;
        (state, start)
    }

    #[test]
    fn eleventh_wrong_token_of_a_minute_starts_pauses_that_grow() {
        let (mut state, start) = state();
        let at = |seconds| start + Duration::from_secs(seconds);
        let mut time = 0;
        for pause in [30, 60, 120] {
            let found = pauses(&mut state, (0..11).map(|_| at(time)));
            assert_eq!(found, [[0; 10].as_slice(), &[pause]].concat());
            assert_eq!(pauses(&mut state, [at(time + pause - 1)]), [1]);
            time += pause;
        }
        assert_eq!(state.total, 3 * 12);
        for _ in 0..20 {
            pauses(&mut state, (0..11).map(|_| at(time)));
            time += LONGEST_PAUSE.as_secs();
        }
        assert_eq!(state.next_pause, LONGEST_PAUSE);
        let found = pauses(&mut state, (0..11).map(|_| at(time + QUIET.as_secs())));
        assert_eq!(
            found.last(),
            Some(&30),
            "pauses are short after a quiet time"
        );
    }

    #[test]
    fn few_wrong_tokens_of_each_minute_get_no_pause() {
        let (mut state, start) = state();
        let times = (0..1_000).map(|number| start + Duration::from_secs(number * 7));
        assert_eq!(pauses(&mut state, times), [0; 1_000]);
    }
}
