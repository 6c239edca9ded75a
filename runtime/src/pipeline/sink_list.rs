//! The sinks of a pipeline: a list that only grows, so that the delivery of a record takes no lock.

use std::sync::Arc;

use crate::record::RecordSink;
use crate::util::sync::atomic::{AtomicBool, Ordering};
use crate::util::sync::OnceLock;

#[derive(Default)]
pub(crate) struct SinkList(OnceLock<Box<Entry>>);

struct Entry {
    sink: Arc<dyn RecordSink>,
    is_removed: AtomicBool,
    next: SinkList,
}

impl SinkList {
    pub(crate) fn add(&self, sink: Arc<dyn RecordSink>) {
        let mut entry = Box::new(Entry {
            sink,
            is_removed: AtomicBool::new(false),
            next: Self::default(),
        });
        let mut end = self;
        loop {
            while let Some(last) = end.0.get() {
                end = &last.next;
            }
            // Another thread may have set the entry first.
            match end.0.set(entry) {
                Ok(()) => return,
                Err(back) => entry = back,
            }
        }
    }

    /// Ends the delivery to a sink. The sink is dropped with the pipeline.
    pub(crate) fn remove(&self, sink: &Arc<dyn RecordSink>) {
        for entry in self.entries() {
            if Arc::ptr_eq(&entry.sink, sink) {
                entry.is_removed.store(true, Ordering::Release);
            }
        }
    }

    #[inline]
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Arc<dyn RecordSink>> {
        let live = |entry: &&Entry| !entry.is_removed.load(Ordering::Acquire);
        self.entries().filter(live).map(|entry| &entry.sink)
    }

    #[inline]
    fn entries(&self) -> impl Iterator<Item = &Entry> {
        let first = self.0.get();
        std::iter::successors(first, |entry| entry.next.0.get()).map(|entry| &**entry)
    }
}

/// Drops the entries in a loop: a recursion could overflow the stack.
impl Drop for SinkList {
    fn drop(&mut self) {
        let mut next = self.0.take();
        while let Some(mut entry) = next {
            next = entry.next.0.take();
        }
    }
}

#[cfg(all(test, whose_loom))]
mod loom_models {
    use loom::sync::atomic::AtomicBool;
    use loom::thread;

    use super::*;
    use crate::record::Record;

    /// A sink with a flag that orders nothing itself.
    struct Flagged(AtomicBool);

    impl Flagged {
        fn new() -> Arc<Self> {
            Arc::new(Self(AtomicBool::new(false)))
        }

        fn set(&self) {
            self.0.store(true, Ordering::Relaxed);
        }

        fn is_set(&self) -> bool {
            self.0.load(Ordering::Relaxed)
        }
    }

    impl RecordSink for Flagged {
        fn record(&self, _: &Arc<Record>) {}
    }

    fn addresses(list: &SinkList) -> Vec<*const ()> {
        list.iter().map(|sink| Arc::as_ptr(sink).cast()).collect()
    }

    #[test]
    fn sinks_added_at_once_are_all_there_and_stay_where_they_were_seen() {
        loom::model(|| {
            let list = Arc::new(SinkList::default());
            let adders = [(); 2].map(|()| {
                let list = list.clone();
                thread::spawn(move || list.add(Flagged::new()))
            });
            let seen = addresses(&list);
            for adder in adders {
                adder.join().unwrap();
            }
            let all = addresses(&list);
            assert_eq!(all.len(), 2);
            assert_ne!(all[0], all[1]);
            assert!(all.starts_with(&seen));
        });
    }

    #[test]
    fn thread_that_misses_a_removed_sink_sees_what_was_done_before_the_removal() {
        loom::model(|| {
            let list = Arc::new(SinkList::default());
            let sink = Flagged::new();
            list.add(sink.clone());
            let remover = {
                let (list, sink) = (list.clone(), sink.clone());
                thread::spawn(move || {
                    sink.set();
                    let sink: Arc<dyn RecordSink> = sink;
                    list.remove(&sink);
                })
            };
            if list.iter().next().is_none() {
                assert!(sink.is_set());
            }
            remover.join().unwrap();
            assert_eq!(list.iter().count(), 0);
        });
    }

    #[test]
    fn removal_beside_an_addition_removes_its_own_sink() {
        loom::model(|| {
            let list = Arc::new(SinkList::default());
            let old: Arc<dyn RecordSink> = Flagged::new();
            list.add(old.clone());
            let remover = {
                let list = list.clone();
                thread::spawn(move || list.remove(&old))
            };
            let new: Arc<dyn RecordSink> = Flagged::new();
            list.add(new.clone());
            remover.join().unwrap();
            assert_eq!(addresses(&list), [Arc::as_ptr(&new).cast()]);
        });
    }
}
