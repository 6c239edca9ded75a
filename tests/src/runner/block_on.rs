use std::future::Future;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};

/// The future of a part of a program.
pub(super) type Body = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Polls a body to completion on this thread. A body waits only for its own yields.
pub(super) fn block_on(body: Body) {
    let mut body = pin!(body);
    let mut cx = Context::from_waker(Waker::noop());
    while body.as_mut().poll(&mut cx).is_pending() {}
}

/// Pending once, so that the runtime may move the task to another thread.
#[derive(Default)]
pub(super) struct YieldOnce(bool);

impl Future for YieldOnce {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        if self.0 {
            return Poll::Ready(());
        }
        self.0 = true;
        cx.waker().wake_by_ref();
        Poll::Pending
    }
}
