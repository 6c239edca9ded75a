//! Whose the events of one span are.
//!
//! The wrapped layer adds an event to its span without a hook, and a filter or a limit may drop the
//! event. So the log keeps when each user's events were added, and an exported event is matched by its
//! time. Where two users' times overlap (two threads inside one span), the event keeps no user.

use std::time::SystemTime;

use whose::Attribution;

/// The most changes of the attribution that are kept. The default limit of events in a span is 128.
const CAPACITY: usize = 1024;

#[derive(Debug, Default)]
pub(crate) struct EventLog {
    runs: Vec<Run>,
    /// Whether an event was not kept.
    is_full: bool,
}

/// Events after each other with one attribution.
#[derive(Debug)]
struct Run {
    from: SystemTime,
    to: SystemTime,
    attribution: Attribution,
}

/// What the log knows of one exported event.
#[derive(Debug)]
pub(crate) enum Owner<'a> {
    Known(&'a Attribution),
    /// No event of the log: the application added the event through OpenTelemetry.
    NotLogged,
    /// Events of two users at the same time.
    Ambiguous,
}

impl EventLog {
    pub(crate) fn add(&mut self, from: SystemTime, to: SystemTime, attribution: &Attribution) {
        if let Some(last) = self.runs.last_mut() {
            // An earlier time: another thread, or a clock that was set back.
            if last.attribution == *attribution && last.from <= from && last.to <= to {
                last.to = to;
                return;
            }
        }
        if self.runs.len() < CAPACITY {
            self.runs.push(Run {
                from,
                to,
                attribution: attribution.clone(),
            });
        } else {
            self.is_full = true;
        }
    }

    pub(crate) fn owner_at(&self, time: SystemTime) -> Owner<'_> {
        let mut here = self
            .runs
            .iter()
            .filter(|run| run.from <= time && time <= run.to)
            .map(|run| &run.attribution);
        match here.next() {
            Some(first) if here.all(|other| other == first) => Owner::Known(first),
            Some(_) => Owner::Ambiguous,
            None if self.is_full => Owner::Ambiguous,
            None => Owner::NotLogged,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn at(seconds: u64) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)
    }

    fn of(user: &str) -> Attribution {
        whose::user(user).in_scope(whose::current)
    }

    #[test]
    fn event_inside_a_run_has_its_user() {
        let mut log = EventLog::default();
        log.add(at(1), at(2), &of("alice"));
        log.add(at(3), at(4), &of("alice"));
        log.add(at(5), at(6), &of("bob"));
        assert!(matches!(log.owner_at(at(3)), Owner::Known(it) if it.user_id() == Some("alice")));
        assert!(matches!(log.owner_at(at(6)), Owner::Known(it) if it.user_id() == Some("bob")));
        assert!(matches!(log.owner_at(at(9)), Owner::NotLogged));
    }

    #[test]
    fn event_where_two_users_overlap_has_none() {
        let mut log = EventLog::default();
        log.add(at(1), at(4), &of("alice"));
        log.add(at(2), at(5), &of("bob"));
        assert!(matches!(log.owner_at(at(3)), Owner::Ambiguous));
    }

    #[test]
    fn event_past_the_capacity_has_none() {
        let mut log = EventLog::default();
        for second in 0..=CAPACITY as u64 {
            let user = if second % 2 == 0 { "alice" } else { "bob" };
            log.add(at(second * 2), at(second * 2), &of(user));
        }
        let past = at(CAPACITY as u64 * 2);
        assert!(matches!(log.owner_at(past), Owner::Ambiguous));
    }
}
