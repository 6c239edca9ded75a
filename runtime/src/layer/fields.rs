use std::error::Error;
use std::fmt;

use tracing::field::{Field, Visit};
use tracing::{Event, Metadata};

use crate::diagnostics::truncate::{self, truncate_bytes};
use crate::diagnostics::truncation::attribute_fields;
use crate::diagnostics::Limits;
use crate::frame::{ScopeData, Slot};
use crate::model::{ConversationId, SessionId, Source, User, UserId, Value};
use crate::names::{attribution, gen_ai, mcp, WireName};
use crate::record::pool::with_scratch;
use crate::record::{ErrorDetails, Record};
use crate::user_code::catch::catch;
use crate::user_code::known_type;
use crate::user_code::print::{print_causes, print_id, with_printed};
use crate::util::quoted::unquoted;

/// The field that holds the message of an event in `tracing`.
const MESSAGE: &str = "message";

/// Reads the fields of a span or event into a record without fields, with the identity fields apart.
pub(crate) struct FieldReader<'a> {
    record: &'a mut Record,
    identity: Vec<(&'static str, Value)>,
}

impl<'a> FieldReader<'a> {
    /// Reads the fields that `visit` visits into the record. Returns the user, session and tags that
    /// the fields set. A truncated field is attributed to the call site.
    pub(crate) fn read(
        record: &'a mut Record,
        metadata: &'static Metadata<'static>,
        visit: impl FnOnce(&mut Self),
    ) -> Option<Box<ScopeData>> {
        attribute_fields(metadata, || {
            let mut reader = Self {
                record,
                identity: Vec::new(),
            };
            visit(&mut reader);
            match reader.identity.is_empty() {
                true => None,
                false => reader.split(),
            }
        })
    }

    fn put_text(&mut self, field: &Field, text: &str) {
        let text = truncate_bytes(text, Limits::FIELD_BYTES);
        if field.name() == MESSAGE {
            self.record.message.set(&text);
        } else {
            self.put(field, Value::from(text));
        }
    }

    /// Adds a field. The field that was recorded last comes last.
    fn put(&mut self, field: &Field, value: Value) {
        let name = field.name();
        if name == MESSAGE {
            self.record.message.set(&value.to_string());
        } else if is_identity(name) {
            self.identity.push((name, value));
        } else {
            self.record.fields.push((name, value));
        }
    }

    /// The user, session and tags of the identity fields.
    ///
    /// The other fields of a user count only beside a `user.id`. Without an id they stay ordinary
    /// fields: a user of an email alone would replace the current user and lose the id.
    fn split(self) -> Option<Box<ScopeData>> {
        let mut data = ScopeData::empty(Source::Explicit);
        let last = |wanted| self.identity.iter().rev().find(|(name, _)| *name == wanted);
        let id = attribution::USER_ID_NAMES.into_iter().find_map(last);
        let mut user = id
            .and_then(|(_, id)| UserId::of(&id.to_string()))
            .map(User::of_id);
        for (name, value) in self.identity {
            match name {
                name if attribution::USER_ID_NAMES.contains(&name) => {}
                name if name == gen_ai::CONVERSATION_ID.name => {
                    let id = ConversationId::of(&value.to_string());
                    data.data.get_or_insert_default().set_conversation(id);
                }
                attribution::SESSION_ID => data.session = SessionId::of(&value.to_string()),
                _ => match name.strip_prefix(attribution::TAG) {
                    Some(key) => data.tags.set(key, &value.to_string()),
                    None => {
                        let is_put = user.as_mut().is_some_and(|it| it.put_field(name, &value));
                        if !is_put {
                            self.record.fields.push((name, value));
                        }
                    }
                },
            }
        }
        if let Some(user) = user {
            data.user = Slot::Set(user);
        }
        (!data.is_empty()).then(|| Box::new(data))
    }
}

/// The user, session and tags that the fields of an event set.
pub(crate) fn explicit_of(event: &Event<'_>) -> Option<Box<ScopeData>> {
    let read = |scratch: &mut Record| {
        FieldReader::read(scratch, event.metadata(), |fields| event.record(fields))
    };
    with_scratch(read)
}

impl Visit for FieldReader<'_> {
    fn record_bool(&mut self, field: &Field, value: bool) {
        self.put(field, value.into());
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.put(field, value.into());
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.put(field, value.into());
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        self.put(field, value.into());
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        if is_id(field) {
            self.put(field, print_id(format_args!("{value}")).into());
        } else {
            self.put_text(field, value);
        }
    }

    fn record_error(&mut self, field: &Field, value: &(dyn Error + 'static)) {
        self.record.error = Some(
            ErrorDetails {
                error_type: known_type(value).map(Into::into),
                causes: print_causes(|| value.source()),
                field: Some(field.name()),
                ..ErrorDetails::default()
            }
            .into(),
        );
        with_printed(format_args!("{value}"), |text| self.put_text(field, text));
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        let printed = format_args!("{value:?}");
        if is_id(field) {
            // A value that panics gives an empty id, which is unset.
            let print = || truncate::print_debug_id(printed);
            self.put(field, catch(print).unwrap_or_default().into());
        } else if is_identity(field.name()) {
            with_printed(printed, |text| match unquoted(text) {
                Some(text) => self.put_text(field, &text),
                None => self.put_text(field, text),
            });
        } else {
            with_printed(printed, |text| self.put_text(field, text));
        }
    }
}

/// Whether a field of that name belongs to the user, the session or the tags.
fn is_identity(name: &str) -> bool {
    may_identify(name) && (name.starts_with(attribution::USER) || is_listed(name))
}

/// Whether a call site of spans has a field that other layers and inner spans use: of an identity, the
/// kind, the agent or the tool.
#[inline]
pub(crate) fn matters_without_record(metadata: &Metadata<'_>) -> bool {
    let mut fields = metadata.fields().iter().map(|field| field.name());
    fields.any(|name| is_identifying(name) || (may_state_kind(name) && states_kind(name)))
}

#[inline]
fn may_state_kind(name: &str) -> bool {
    matches!(
        name.as_bytes(),
        [b'a' | b'g' | b'l' | b'm' | b'o' | b't', ..]
    )
}

fn states_kind(name: &str) -> bool {
    let names = [gen_ai::OPERATION, gen_ai::AGENT, gen_ai::TOOL, mcp::METHOD];
    let mut spellings = names.into_iter().flat_map(WireName::spellings);
    spellings.any(|spelling| spelling == name) || gen_ai::KIND_ALIASES.contains(&name)
}

/// Whether a field of that name alone makes a frame of its span.
#[inline]
pub(crate) fn is_identifying(name: &str) -> bool {
    may_identify(name) && is_listed(name)
}

/// Every field is asked, so most names are refused by their first two bytes.
#[inline]
fn may_identify(name: &str) -> bool {
    matches!(
        name.as_bytes(),
        [b'u', b's', ..] | [b'e', b'n', ..] | [b's' | b'g', b'e', ..] | [b't', b'a', ..]
    )
}

fn is_listed(name: &str) -> bool {
    attribution::USER_ID_NAMES.contains(&name)
        || name == attribution::SESSION_ID
        || name == gen_ai::CONVERSATION_ID.name
        || name.starts_with(attribution::TAG)
}

/// Whether the field is an id. An id is not truncated like a text: two users could become one.
fn is_id(field: &Field) -> bool {
    let name = field.name();
    may_identify(name)
        && (attribution::USER_ID_NAMES.contains(&name)
            || name == attribution::SESSION_ID
            || name == gen_ai::CONVERSATION_ID.name)
}
