//! What has a beginning and an end in the structure of the program: closures, polls, drops. At
//! their end everything ends that was left open inside.

use std::fmt;

use super::link::{links, Kind, Link, What};
use super::{local, Local, Ready};

/// What a closure or a future makes current for as long as it runs; moved in and out, and cloned
/// by no poll.
#[derive(Default)]
pub(crate) struct Carried(Option<Box<Link>>);

impl Carried {
    /// The link, which says nothing where nothing is carried: what is left open inside ends there
    /// too.
    #[inline]
    fn take(&mut self) -> Box<Link> {
        match self.0.take() {
            Some(link) => link,
            None => begun(Ready::new(What::Nothing)),
        }
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
    link.begin(Kind::Running, 0);
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
    /// Opens what is carried; the number of the link.
    #[inline]
    fn begin(&self, carried: &mut Carried) -> u64 {
        let link = carried.take();
        let id = link.id;
        self.open(link);
        id
    }

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

/// Makes what is carried current until the value is dropped, which hands it back.
pub(crate) struct Entered<'a> {
    carried: &'a mut Carried,
    id: u64,
}

impl<'a> Entered<'a> {
    #[inline]
    pub(crate) fn new(carried: &'a mut Carried) -> Self {
        let id = local(|local| local.begin(carried)).unwrap_or(0);
        Self { carried, id }
    }
}

impl Drop for Entered<'_> {
    #[inline]
    fn drop(&mut self) {
        let is_it = |link: &Link| link.id == self.id && link.kind == Kind::Running;
        if let Some(link) = local(|local| local.end(is_it)).flatten() {
            self.carried.0 = Some(link);
        }
    }
}

/// Makes what is carried current until the value is dropped; nobody needs it again.
pub(crate) struct Running(u64);

impl Running {
    #[inline]
    pub(crate) fn new(mut carried: Carried) -> Self {
        Self(local(|local| local.begin(&mut carried)).unwrap_or(0))
    }
}

impl Drop for Running {
    #[inline]
    fn drop(&mut self) {
        let is_it = |link: &Link| link.id == self.0 && link.kind == Kind::Running;
        local(|local| {
            if let Some(link) = local.end(is_it) {
                local.recycle(link);
            }
        });
    }
}

/// Makes what is carried current until [`close_after_drop`]: the two ends of a drop cannot hand
/// anything over.
pub(crate) fn open_for_drop(carried: &mut Carried) {
    local(|local| {
        let mut link = carried.take();
        link.kind = Kind::Dropping;
        local.open(link);
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
