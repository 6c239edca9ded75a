//! All timestamps of records come from one clock.

use whose::testing::Recorder;

#[test]
fn records_of_one_thread_are_in_time_order() {
    let rec = Recorder::start();
    for _ in 0..5_000 {
        tracing::info!("event");
        whose::capture_message("error");
        whose::usage("gpt-4o-mini").input_tokens(1).record();
        tracing::info_span!("span").in_scope(|| ());
    }
    let (events, errors, spans) = (rec.events(), rec.errors(), rec.spans());
    let lengths = (events.len(), errors.len(), spans.len());
    assert_eq!(lengths, (10_000, 5_000, 5_000), "usages are events");
    let rounds = events.chunks(2).zip(&errors).zip(&spans);
    let starts: Vec<_> = rounds
        .flat_map(|((events, error), span)| [&events[0], error, &events[1], span])
        .map(|record| record.start())
        .collect();
    let disorder = starts.windows(2).filter(|two| two[1] < two[0]).count();
    assert_eq!(disorder, 0);
}
