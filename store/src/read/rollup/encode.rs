//! The bytes of a rollup in the file.
//!
//! Every entry states the difference to the entry before, so that neighbours are short. Reading is
//! lenient: bytes of a damaged file end a list early.

use super::bytes::{Reader, Writer};
use super::call_sums::{CallKey, CallSums};
use super::owner::Owner;
use super::values::{OwnerOnDay, OwnerSums, RecordCount, Rollup, SessionOwner};

/// No day of a file is further from 1970.
const MAX_DAY: i64 = 110_000;

/// The entries of one block of owners. A query of some owners skips the blocks without them.
const OWNER_BLOCK: usize = 16;

/// The columns of a rollup.
pub(super) struct Encoded {
    pub(super) calls: Vec<u8>,
    pub(super) owners: Vec<u8>,
    pub(super) sessions: Vec<u8>,
}

pub(super) fn encode(rollup: &Rollup) -> Encoded {
    Encoded {
        calls: encode_calls(rollup),
        owners: encode_owners(&rollup.owners),
        sessions: encode_sessions(rollup),
    }
}

fn write_owner(writer: &mut Writer, last: &mut i64, owner: Owner) {
    writer.signed(owner.as_number().wrapping_sub(*last));
    *last = owner.as_number();
}

fn read_owner(reader: &mut Reader<'_>, last: &mut i64) -> Option<Owner> {
    *last = last.wrapping_add(reader.signed()?);
    Some(Owner::from_number(*last))
}

fn encode_owners(owners: &[(OwnerOnDay, OwnerSums)]) -> Vec<u8> {
    let mut writer = Writer(Vec::with_capacity(owners.len() * 16));
    let mut last_first = 0_i64;
    for block in owners.chunks(OWNER_BLOCK) {
        let first = block.first().map_or(0, |((owner, _), _)| owner.as_number());
        let entries = encode_owner_block(first, block);
        writer.signed(first.wrapping_sub(last_first));
        last_first = first;
        writer.number(entries.len() as u64);
        writer.0.extend_from_slice(&entries);
    }
    writer.0
}

fn encode_owner_block(first: i64, owners: &[(OwnerOnDay, OwnerSums)]) -> Vec<u8> {
    let mut writer = Writer(Vec::with_capacity(owners.len() * 16));
    let (mut last_owner, mut last_day, mut last_start) = (first, 0_i64, 0_i64);
    for ((owner, day), sums) in owners {
        write_owner(&mut writer, &mut last_owner, *owner);
        writer.signed(day.wrapping_sub(last_day));
        last_day = *day;
        writer.signed(sums.first.wrapping_sub(last_start));
        last_start = sums.first;
        writer.signed(sums.last.wrapping_sub(sums.first));
        write_counts(&mut writer, &sums.counts);
    }
    writer.0
}

/// Writes which counts are not zero, then these counts.
fn write_counts(writer: &mut Writer, counts: &[RecordCount]) {
    let is_set = |count: &RecordCount| [count.exact > 0, count.weighted > 0.0];
    let bits = counts.iter().flat_map(is_set);
    let mask = bits.zip(0..).map(|(is_set, bit)| u64::from(is_set) << bit);
    writer.number(mask.sum());
    for count in counts {
        if count.exact > 0 {
            writer.number(count.exact);
        }
        if count.weighted > 0.0 {
            writer.real(count.weighted);
        }
    }
}

fn read_counts<const N: usize>(reader: &mut Reader<'_>) -> Option<[RecordCount; N]> {
    let mask = reader.number()?;
    let mut counts = [RecordCount::default(); N];
    for (count, bit) in counts.iter_mut().zip((0..).step_by(2)) {
        if mask >> bit & 1 == 1 {
            count.exact = reader.number()?;
        }
        if mask >> (bit + 1) & 1 == 1 {
            count.weighted = reader.real()?;
        }
    }
    Some(counts)
}

pub(super) fn decode_owners(bytes: &[u8]) -> Vec<(OwnerOnDay, OwnerSums)> {
    // An owner takes five bytes at least.
    let mut owners = Vec::with_capacity(bytes.len() / 8);
    for block in owner_blocks(bytes) {
        owners.extend(block.entries());
    }
    owners
}

/// Passes the entries of some owners, which are in order, to `visit`. Skips the blocks without them.
pub(super) fn find_owners(
    bytes: &[u8],
    mut wanted: &[Owner],
    mut visit: impl FnMut(OwnerOnDay, &OwnerSums),
) {
    let mut blocks = owner_blocks(bytes).peekable();
    while let Some(block) = blocks.next() {
        let end = blocks.peek().map_or(i64::MAX, |next| next.first);
        skip(&mut wanted, |owner| owner.as_number() < block.first);
        if wanted.first().is_none_or(|owner| owner.as_number() > end) {
            continue;
        }
        let mut left = wanted;
        for (key, sums) in block.entries() {
            skip(&mut left, |owner| owner < key.0);
            match left.first() {
                Some(owner) if *owner == key.0 => visit(key, &sums),
                Some(_) => {}
                None => break,
            }
        }
    }
}

/// Leaves out the first owners, as long as `is_left_out`.
fn skip(owners: &mut &[Owner], is_left_out: impl Fn(Owner) -> bool) {
    while let Some((owner, others)) = owners.split_first()
        && is_left_out(*owner)
    {
        *owners = others;
    }
}

/// The entries of neighbouring owners.
struct OwnerBlock<'b> {
    /// The number of the first owner.
    first: i64,
    bytes: &'b [u8],
}

fn owner_blocks(bytes: &[u8]) -> impl Iterator<Item = OwnerBlock<'_>> {
    let (mut reader, mut last_first) = (Reader(bytes), 0_i64);
    std::iter::from_fn(move || {
        last_first = last_first.wrapping_add(reader.signed()?);
        let length = reader.number()?;
        Some(OwnerBlock {
            first: last_first,
            bytes: reader.take(length),
        })
    })
}

impl<'b> OwnerBlock<'b> {
    fn entries(&self) -> impl Iterator<Item = (OwnerOnDay, OwnerSums)> + use<'b> {
        let mut reader = Reader(self.bytes);
        let (mut last_owner, mut last_day, mut last_start) = (self.first, 0_i64, 0_i64);
        std::iter::from_fn(move || {
            let owner = read_owner(&mut reader, &mut last_owner)?;
            last_day = last_day.wrapping_add(reader.signed()?);
            last_start = last_start.wrapping_add(reader.signed()?);
            let last = last_start.wrapping_add(reader.signed()?);
            let sums = OwnerSums {
                first: last_start,
                last,
                counts: read_counts(&mut reader)?,
            };
            Some(((owner, last_day.clamp(-MAX_DAY, MAX_DAY)), sums))
        })
    }
}

fn encode_sessions(rollup: &Rollup) -> Vec<u8> {
    let mut writer = Writer(Vec::with_capacity(rollup.sessions.len() * 4));
    write_counts(&mut writer, &[rollup.without_session]);
    let (mut last_session, mut last_owner) = (0_i64, 0);
    for ((session, owner), ()) in &rollup.sessions {
        writer.signed(session.wrapping_sub(last_session));
        last_session = *session;
        write_owner(&mut writer, &mut last_owner, *owner);
    }
    writer.0
}

pub(super) fn decode_sessions(bytes: &[u8]) -> (RecordCount, Vec<SessionOwner>) {
    let mut reader = Reader(bytes);
    let Some([without]) = read_counts(&mut reader) else {
        return Default::default();
    };
    let (mut last_session, mut last_owner) = (0_i64, 0);
    let mut next = || {
        last_session = last_session.wrapping_add(reader.signed()?);
        let owner = read_owner(&mut reader, &mut last_owner)?;
        Some(((last_session, owner), ()))
    };
    let mut sessions = Vec::with_capacity(bytes.len() / 4);
    sessions.extend(std::iter::from_fn(&mut next));
    (without, sessions)
}

fn encode_calls(rollup: &Rollup) -> Vec<u8> {
    let mut writer = Writer(Vec::with_capacity(rollup.calls.len() * 16));
    writer.number(rollup.unowned_calls.len() as u64);
    let mut last = 0_i64;
    for id in &rollup.unowned_calls {
        writer.signed(id.wrapping_sub(last));
        last = *id;
    }
    let (mut last_owner, mut last_day) = (0, 0);
    for (key, sums) in &rollup.calls {
        write_owner(&mut writer, &mut last_owner, key.owner);
        if key.owner.user().is_none() {
            writer.signed(key.traits);
        }
        writer.signed(key.day.wrapping_sub(last_day));
        last_day = key.day;
        writer.signed(key.model);
        let weight = key.weight();
        let is_weighted = weight > 1.0;
        let (input, output) = key.has_audio;
        writer.number(
            u64::from(key.tier)
                | u64::from(input) << 3
                | u64::from(output) << 4
                | u64::from(is_weighted) << 5
                | u64::from(key.length) << 6
                | u64::from(key.is_unowned) << 9,
        );
        if is_weighted {
            writer.real(weight);
        }
        write_sums(&mut writer, sums);
    }
    writer.0
}

fn write_sums(writer: &mut Writer, sums: &CallSums) {
    let numbers = sums.numbers();
    let set = numbers.iter().zip(0..);
    writer.number(set.map(|(number, bit)| u64::from(*number > 0) << bit).sum());
    for number in numbers.into_iter().filter(|number| *number > 0) {
        writer.number(number);
    }
    writer.number(sums.longest);
}

fn read_sums(reader: &mut Reader<'_>) -> Option<CallSums> {
    let mask = reader.number()?;
    let mut sums = CallSums::default();
    for (number, bit) in sums.numbers_mut().into_iter().zip(0..) {
        if mask >> bit & 1 == 1 {
            *number = reader.number()?;
        }
    }
    sums.longest = reader.number()?;
    Some(sums)
}

/// The sums of calls, and the row ids of the calls without a user that may be identified later.
pub(super) fn decode_calls(bytes: &[u8]) -> (Vec<(CallKey, CallSums)>, Vec<i64>) {
    let mut reader = Reader(bytes);
    let (mut unowned, mut last) = (Vec::new(), 0_i64);
    for _ in 0..reader.number().unwrap_or_default() {
        let Some(step) = reader.signed() else {
            break;
        };
        last = last.wrapping_add(step);
        unowned.push(last);
    }
    let (mut last_owner, mut last_day) = (0, 0_i64);
    let mut next = || {
        let owner = read_owner(&mut reader, &mut last_owner)?;
        let traits = match owner.user() {
            Some(_) => 0,
            None => reader.signed()?,
        };
        last_day = last_day.wrapping_add(reader.signed()?);
        let model = reader.signed()?;
        let tags = reader.number()?;
        let weight = match tags >> 5 & 1 {
            1 => reader.real()?,
            _ => 1.0,
        };
        let key = CallKey {
            owner,
            traits,
            day: last_day.clamp(-MAX_DAY, MAX_DAY),
            model,
            tier: (tags & 7) as u8,
            length: (tags >> 6 & 7) as u8,
            is_unowned: tags >> 9 & 1 == 1,
            has_audio: (tags >> 3 & 1 == 1, tags >> 4 & 1 == 1),
            weight: weight.to_bits(),
        };
        Some((key, read_sums(&mut reader)?))
    };
    let mut calls = Vec::with_capacity(bytes.len() / 12);
    calls.extend(std::iter::from_fn(&mut next));
    (calls, unowned)
}
