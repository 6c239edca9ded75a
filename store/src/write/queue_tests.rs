use super::*;

impl Item for u32 {
    fn bytes(&self) -> usize {
        10
    }

    fn times(&self) -> (i64, i64) {
        (i64::from(*self), i64::from(*self) + 1)
    }
}

fn queue(items: usize, when_full: WhenFull) -> Queue<u32> {
    let bytes = usize::MAX;
    Queue::new(Capacity { items, bytes }, when_full)
}

fn next(queue: &Queue<u32>) -> Option<(Vec<u32>, bool)> {
    let mut batch = Vec::new();
    match queue.next(&mut batch, 2) {
        Work::Write { sync } => Some((batch, sync)),
        Work::Stop => None,
    }
}

#[test]
fn flush_of_several_batches_syncs_the_last_one_alone() {
    let queue = queue(10, WhenFull::Drop);
    (0..3).for_each(|item| queue.push(item));
    std::thread::scope(|scope| {
        let flush = scope.spawn(|| queue.flush(LONG));
        while queue.lock().wanted == 0 {
            std::thread::yield_now();
        }
        assert_eq!(next(&queue), Some((vec![0, 1], false)));
        queue.settle(false);
        assert_eq!(next(&queue), Some((vec![2], true)));
        queue.settle(true);
        assert!(flush.join().unwrap().is_complete());
    });
}

#[test]
fn loss_before_a_flush_is_reported_by_that_flush_alone() {
    let queue = queue(10, WhenFull::Drop);
    queue.push(0);
    assert_eq!(next(&queue), Some((vec![0], false)));
    queue.lose();
    queue.settle(false);
    std::thread::scope(|scope| {
        let flush = scope.spawn(|| queue.flush(LONG));
        assert_eq!(
            next(&queue),
            Some((vec![], true)),
            "what was written before needs a sync"
        );
        queue.settle(true);
        assert!(!flush.join().unwrap().is_safe());
    });
    assert!(queue.flush(LONG).is_complete());
}

#[test]
fn writer_that_ends_early_lets_every_thread_go() {
    let queue = queue(1, WhenFull::Block);
    queue.push(0);
    std::thread::scope(|scope| {
        let (flush, push) = (
            scope.spawn(|| queue.flush(LONG)),
            scope.spawn(|| queue.push(1)),
        );
        while queue.lock().wanted == 0 {
            std::thread::yield_now();
        }
        queue.abandon(false);
        assert!(!flush.join().unwrap().is_safe());
        push.join().unwrap();
    });
    assert_eq!(next(&queue), None);
    assert_eq!(queue.dropped(), 2);
}

#[test]
fn dropped_items_are_one_loss_and_reported_by_one_flush() {
    let queue = queue(1, WhenFull::Drop);
    (0..4).for_each(|item| queue.push(item));
    let loss = queue.take_loss().unwrap();
    assert_eq!((loss.from, loss.to, loss.records), (1, 4, 3));
    assert!(loss.reason.contains("faster than the disk"), "{loss:?}");
    assert_eq!(queue.take_loss(), None);

    let outcome = queue.flush(Duration::ZERO);
    assert_eq!((outcome.is_safe(), outcome.not_taken()), (false, 3));
    assert_eq!(queue.flush(Duration::ZERO).not_taken(), 0);
}

#[test]
fn items_past_the_bytes_are_dropped_until_the_batch_is_settled() {
    let capacity = Capacity {
        items: 100,
        bytes: 25,
    };
    let queue = Queue::new(capacity, WhenFull::Drop);
    (0..3_u32).for_each(|item| queue.push(item));
    assert_eq!(queue.dropped(), 1);
    assert_eq!(next(&queue).unwrap().0, [0, 1]);
    queue.push(3);
    assert_eq!(queue.dropped(), 2, "the batch is in memory still");
    queue.settle(false);
    queue.push(4);
    assert_eq!(queue.dropped(), 2);
}

#[test]
fn item_larger_than_the_bytes_is_taken_where_nothing_waits() {
    let capacity = Capacity { items: 2, bytes: 1 };
    let queue = Queue::new(capacity, WhenFull::Drop);
    queue.push(0_u32);
    assert_eq!((queue.dropped(), queue.waiting()), (0, 1));
}

#[test]
fn failed_attempt_answers_the_flush_and_keeps_the_batch() {
    let queue = queue(10, WhenFull::Drop);
    queue.push(0);
    std::thread::scope(|scope| {
        let flush = scope.spawn(|| queue.flush(LONG));
        while queue.lock().wanted == 0 {
            std::thread::yield_now();
        }
        assert_eq!(next(&queue), Some((vec![0], true)));
        queue.obstruct("the disk is full", true);
        assert!(!flush.join().unwrap().is_safe());
        queue.settle(true);
    });
    assert!(
        queue.flush(LONG).is_complete(),
        "the second attempt wrote it"
    );
}

#[test]
fn alarm_names_the_items_dropped_since_the_alarm_before() {
    let queue = queue(1, WhenFull::Drop);
    (0..4).for_each(|item| queue.push(item));
    queue.obstruct("the file is locked", false);
    let alarm = queue.next_alarm(Duration::ZERO).unwrap();
    assert_eq!(alarm.records, 3);
    assert!(alarm.reason.ends_with("the file is locked"), "{alarm:?}");
    queue.push(4);
    assert_eq!(queue.next_alarm(Duration::ZERO).unwrap().records, 1);
    queue.abandon(true);
    assert_eq!(queue.next_alarm(Duration::ZERO), None);
}
