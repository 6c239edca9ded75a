//! The stack of frames that is current on a thread.
//!
//! # The list of entries
//!
//! Every scope that is current on a thread is a [`StackEntry`](entry::StackEntry): the scope of a
//! guard, a closure, a poll, a drop or an entered span. A thread owns the innermost entry by value.
//! Each entry owns the next one outside it through its field `outer`:
//!
//! ```text
//! ThreadState::top
//!   │
//!   ▼
//! ┌─ StackEntry ───────┐ outer ┌─ StackEntry ───────┐ outer ┌─ StackEntry ───────┐ outer
//! │ kind: Own(frame C) │ ────► │ kind: Shared(node) │ ────► │ kind: Stack(node)  │ ────► ...
//! │ id: 9              │       │ id: 7          │   │       │ id: 5          │   │
//! │ stack_id: f(s7, 9) │       │ stack_id: s7   │   │       │ stack_id: s1   │   │
//! └────────────────────┘       └────────────────┼───┘       └────────────────┼───┘
//!        innermost                              ▼                            │
//!                                         ┌─ Node B ─┐ parent                │
//!                                         │ frame B  │ ───────────┐          │
//!                                         └──────────┘            ▼          ▼
//!   spans, tasks and captured scopes hold nodes               ┌─ Node A ────────┐
//!   through Arc; entries belong to one thread                 │ frame A         │ ──► None
//!                                                             └─────────────────┘
//! ```
//!
//! The current frames of this thread are C, B, A. A reader of the frames follows the entries up to the
//! first entry with a node, and then follows the nodes. Entries outside the `Stack` entry are not
//! current.
//!
//! To enter a scope is to move one pointer into the list. To exit the scope is to move the pointer
//! out again.
//!
//! # What an entry makes current
//!
//! | [`EntryKind`](entry_kind::EntryKind) | current inside the entry |
//! |---|---|
//! | `Nothing` | the stack outside, unchanged |
//! | `Own` | a frame on the stack outside; only the entry holds the frame |
//! | `Shared` | the same, as a [`Node`] that others hold too; the parent of the node is the stack outside |
//! | `SharedIsolated` | as `Shared`; the entry also holds the opening that keeps the isolated scope open |
//! | `Stack` | a captured stack instead of the stack outside; `None` is the empty stack |
//! | `Span` | the stack of an entered span instead of the stack outside |
//!
//! # When a frame becomes shared
//!
//! A frame of kind `Own` costs no allocation and no reference count. The frame becomes a [`Node`]
//! when a span or a task captures the current stack ([`entry::into_shared`]). The entry keeps the
//! node, so that the next capture clones an `Arc`.
//!
//! One case avoids the node: the first capture of a user with an id alone, on a stack that is shared
//! already or empty, copies the user into the [`Snapshot`]. The snapshot makes a node only when its
//! stack is read. Most spans close before.
//!
//! A node is valid only on the parents that it was made on. An entry that moves to another stack
//! turns its node back into an own frame ([`StackEntry::rebase`](entry::StackEntry::rebase)).
//!
//! # Stack ids and frame ids
//!
//! Preparing an entry gives its frame a *frame id* from a counter of the process. The *stack id* of
//! an entry is [`stack_id_on`](ids::stack_id_on)`(stack id outside, frame id)`. The same frames in
//! the same order have the same stack id on every thread and at every poll, and a cached attribution
//! stays valid from one poll to the next. An address would not do: the allocator reuses addresses.
//! An entry without a frame has the stack id of the stack that the entry makes current.
//!
//! `base_id` identifies the entry outside for which the stack id was computed. A poll on the same
//! base computes nothing.
//!
//! # What a poll moves
//!
//! A future owns its entry in a [`ScopeSlot`]. [`ScopeSlot::enter`] moves the box from the slot to
//! the thread and returns an [`EnteredScope`], which remembers the address of the entry.
//! `EnteredScope::exit`, or its drop in a panic, finds the entry by that address and moves the box
//! back. A box keeps its address while it moves, and only the exit takes the box off the thread, so
//! that no other entry can have the address. The pointer is compared and never dereferenced.
//!
//! The exit also removes every entry that the same task left open inside.
//!
//! # Tasks
//!
//! A thread polls several tasks on one list. Entries of futures leave the list at the end of the
//! poll. Entries of guards, closures and spans can stay while another task runs. Such an entry has an
//! `owner`, the task that opened the entry, and is hidden from every other task
//! ([`View::OfTask`](owner::View)). The thread counts the owned entries: while there are none, or
//! while all of them belong to the running task, the view is `Whole` and no entry is checked.
//!
//! A stack that is partly hidden is never cached, and its nodes are built for the one task
//! ([`entry::shared_view`]): the nodes of the entries have hidden frames as parents.
//!
//! # Spans
//!
//! Entering a span adds a `Span` entry only where the span changes the current stack. `resolve`
//! decides between two requests; [`span`] decides everything else. An entry of a span that changes
//! nothing is counted in the field `reentered` of an older entry of that span, or not stored at all.
//! The thread remembers the last few (span, stack id) pairs that change nothing ([`noop_entry`]).
//!
//! # Recycling, and `mem::forget`
//!
//! A thread keeps the boxes of removed entries in a pool, so that a scope in a loop allocates once.
//! An entry goes into the pool without a value to drop.
//!
//! Moving a box into a field drops the old value of the field. The compiler cannot see that the old
//! value is `None`, and would emit drop glue and a check on the hot path. These files replace the
//! value and `forget` the old one instead. Forgetting is safe Rust; it leaks only if the old value
//! owns memory. The old value never does, because each place is emptied before it is filled:
//!
//! | place | why the old value is empty |
//! |---|---|
//! | `ThreadState::top`, `ThreadState::pool` | the caller took the value out before (`take`) |
//! | `StackEntry::outer` | the entry is new, or was taken off its last list together with its `outer` |
//! | `ScopeSlot` | `enter` took the entry out |
//! | `StackEntry::kind` of a pooled entry | `recycle` keeps `Nothing`, or a user without heap memory |
//!
//! # The files
//!
//! | file | keeps the rule |
//! |---|---|
//! | [`thread_state`] | the top is taken out while the list changes, and no user code runs meanwhile |
//! | [`entry`] | an entry inside a removed one moves to the next entry outside, and is rebased |
//! | [`entry_kind`] | a node of an entry has the stack outside as its parent |
//! | [`current`] | guards exit in any order; a guard that was left open ends with the scope around it |
//! | [`entered`] | closures, polls and drops end with everything left open inside |
//! | [`pending`] | an entry before it is entered |
//! | [`owner`] | a task sees no entry of another task |
//! | [`span`], [`span_entry`], [`noop_entry`] | an exit of a span undoes the entry of that span alone |
//! | [`node`], [`snapshot`] | a shared stack never changes; only its mutable frames change |
//! | [`frames`](mod@frames) | the one order in which frames are read: innermost first |
//! | [`ids`] | two different stacks have different stack ids |
//! | [`attribution_cache`], [`cached`] | a cached attribution is valid for one stack id and one epoch of writes |

pub(crate) mod attribution_cache;
pub(crate) mod cached;
pub(crate) mod current;
pub(crate) mod entered;
pub(crate) mod entry;
pub(crate) mod entry_kind;
pub(crate) mod frames;
pub(crate) mod ids;
pub(crate) mod node;
pub(crate) mod noop_entry;
pub(crate) mod owner;
pub(crate) mod pending;
pub(crate) mod snapshot;
pub(crate) mod span;
pub(crate) mod span_entry;
pub(crate) mod thread_state;

pub(crate) use attribution_cache::flattened;
pub(crate) use current::{
    capture, capture_to, is_torn_down, mark, nearest_isolated, observers_of, pop, pop_above, push,
    with_frames, with_frames_of,
};
pub(crate) use entered::{enter_for_drop, exit_after_drop, run, EnteredScope, ScopeSlot};
pub(crate) use frames::{frames, Frames};
pub(crate) use node::{nodes, Node, Stack};
pub(crate) use noop_entry::KnownSpan;
pub(crate) use pending::PendingEntry;
pub(crate) use snapshot::Snapshot;
#[cfg(any(feature = "tokio", feature = "rayon"))]
pub(crate) use span::changes_on_entry;
pub(crate) use span::{enter_span, exit_span, is_noop_entry, span_begins};
pub(crate) use span_entry::{Conflict, SpanEntry};
