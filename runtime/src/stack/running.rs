//! What has a beginning and an end in the structure of the program: closures, polls, drops. At
//! their end everything ends that was left open inside.

use std::fmt;
use std::mem::{forget, ManuallyDrop};
use std::ptr;

use super::link::{links, Kind, Link, NOWHERE};
use super::what::What;
use super::{local, Local, Ready, LOCAL};

/// What a closure or a future makes current for as long as it runs; moved in and out, and cloned
/// by no poll.
#[derive(Default)]
pub(crate) struct Carried(Option<Box<Link>>);

impl Carried {
    /// Whether nothing is carried.
    #[inline]
    pub(crate) fn is_nothing(&self) -> bool {
        self.0.is_none()
    }

    /// What is carried, if only something that says nothing: what is left open inside ends with it.
    #[inline]
    pub(crate) fn or_nothing(self) -> Self {
        Self(Some(self.0.unwrap_or_else(nothing)))
    }
}

impl From<Ready> for Carried {
    #[inline]
    fn from(held: Ready) -> Self {
        Self(Some(begun(held)))
    }
}

#[inline]
fn begun(Ready(mut link): Ready) -> Box<Link> {
    link.begin(Kind::Running, NOWHERE);
    link
}

/// For a future that is made more than once; both go on at the same place.
impl Clone for Carried {
    fn clone(&self) -> Self {
        let twin = |link: &Link| link.twin(local(Local::spare).flatten());
        Self(self.0.as_deref().map(twin))
    }
}

/// Shows nothing of whom it names.
impl fmt::Debug for Carried {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Carried").finish_non_exhaustive()
    }
}

impl Local {
    /// Ends the innermost link that `is_it`, with whatever was left open inside.
    #[inline]
    fn end(&self, is_it: impl Fn(&Link) -> bool) -> Option<Box<Link>> {
        self.close_top(&is_it).or_else(|| self.end_buried(is_it))
    }

    #[cold]
    fn end_buried(&self, is_it: impl Fn(&Link) -> bool) -> Option<Box<Link>> {
        let (link, fallen) = self.with_top(|top| {
            if !links(top.as_deref()).any(&is_it) {
                return (None, None);
            }
            let mut fallen = None;
            while let Some(mut link) = top.take() {
                *top = link.outer.take();
                if is_it(&link) {
                    return (Some(link), fallen);
                }
                link.outer = fallen;
                fallen = Some(link);
            }
            (None, fallen)
        });
        self.let_go(fallen);
        link
    }
}

impl Carried {
    /// Runs `f` with what is carried current; what is left open inside ends with it. Where nothing is
    /// carried, nothing is done.
    #[inline]
    pub(crate) fn run<R>(&mut self, f: impl FnOnce() -> R) -> R {
        if self.is_nothing() {
            return f();
        }
        let mut f = Some(f);
        // One look at the thread is all that a poll costs.
        let result = LOCAL.try_with(|local| {
            let f = f.take()?;
            let link = self.0.take().unwrap_or_else(nothing);
            let place: *const Link = &*link;
            local.open(link);
            let unwinding = Unwinding {
                carried: self,
                place,
            };
            let result = f();
            let mut done = ManuallyDrop::new(unwinding);
            done.take_back(local);
            Some(result)
        });
        match (result, f) {
            (Ok(Some(result)), _) => result,
            // The thread is being torn down.
            (_, Some(f)) => f(),
            (_, None) => unreachable!("what took the closure has its result"),
        }
    }
}

/// Takes back what is carried where a panic passes; apart from where none does, since that is what
/// is polled again and again.
struct Unwinding<'a> {
    carried: &'a mut Carried,
    /// Where the link is: nobody but this takes it out, so nothing else comes to be there.
    place: *const Link,
}

impl Unwinding<'_> {
    #[inline]
    fn take_back(&mut self, local: &Local) {
        let link = local.end(|link| ptr::eq(link, self.place));
        // It was taken away; one that is lost says nothing from now on.
        forget(self.carried.0.replace(link.unwrap_or_else(nothing)));
    }
}

impl Drop for Unwinding<'_> {
    #[cold]
    fn drop(&mut self) {
        local(|local| self.take_back(local));
    }
}

/// A link that says nothing, and inside of which what is left open ends all the same.
#[cold]
fn nothing() -> Box<Link> {
    begun(Ready::new(What::Nothing))
}

/// Runs `f` with that current.
#[inline]
pub(crate) fn run<R>(ready: Ready, f: impl FnOnce() -> R) -> R {
    let mut carried = Carried::from(ready);
    let result = carried.run(f);
    if let Some(link) = carried.0 {
        local(|local| local.recycle(link));
    }
    result
}

/// Makes what is carried current until [`close_after_drop`]: the two ends of a drop cannot hand
/// anything over.
pub(crate) fn open_for_drop(carried: &mut Carried) {
    local(|local| {
        if let Some(mut link) = carried.0.take() {
            link.kind = Kind::Dropping;
            local.open(link);
        }
    });
}

/// Ends the innermost of [`open_for_drop`].
pub(crate) fn close_after_drop() {
    local(|local| {
        if let Some(link) = local.end(|link| link.kind == Kind::Dropping) {
            local.recycle(link);
        }
    });
}
