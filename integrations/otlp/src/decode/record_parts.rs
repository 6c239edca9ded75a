//! The attributes of one record, sorted into its parts.

use std::sync::Arc;

use tracing::Level;
use whose::names::attribution::is_attribution;
use whose::names::gen_ai;
use whose::{Kind, ReceivedRecord, RecordType, Value};

use crate::decode::any_value::{AnyValue, ELEMENTS};
use crate::decode::attribute::Attribute;
use crate::decode::error_parts;
use crate::decode::fault::Fault;
use crate::decode::field_value::field_value;
use crate::decode::origin::Origin;
use crate::names;
use crate::wire::Fields;

/// The most names in the list of repeated model calls: there are fewer names of tokens.
const USAGE_NAMES: usize = 32;

/// Adds attributes to a record, and keeps those that decide about its other parts.
pub(super) struct RecordParts<'r, 'a> {
    pub(super) received: ReceivedRecord,
    origin: &'r Origin<'a>,
    record_type: RecordType,
    /// The target that an attribute of a record of `whose` states.
    pub(super) target: Option<Arc<str>>,
    /// The name that an attribute of an error states.
    pub(super) name: Option<Arc<str>>,
    pub(super) kind: Option<Kind>,
    /// The id of a log record.
    pub(super) uid: Option<String>,
    file: Option<(String, String)>,
    line: Option<(String, u32)>,
    /// Attributes before the kind: they follow from the kind.
    before_kind: Vec<(String, Value)>,
    usage_inside: Vec<String>,
}

impl<'r, 'a> RecordParts<'r, 'a> {
    pub(super) fn new(
        received: ReceivedRecord,
        origin: &'r Origin<'a>,
        record_type: RecordType,
    ) -> Self {
        Self {
            received,
            origin,
            record_type,
            target: None,
            name: None,
            kind: None,
            uid: None,
            file: None,
            line: None,
            before_kind: Vec::new(),
            usage_inside: Vec::new(),
        }
    }

    /// Adds an attribute.
    pub(super) fn add(&mut self, attribute: &Attribute<'_>) -> Result<(), Fault> {
        let Attribute { name, value } = attribute;
        let (name, value) = (&**name, *value);
        if is_attribution(name) && value.is_broken_text() {
            return Err(Fault::Rejected(
                "an attribute of the user or the session is not UTF-8",
            ));
        }
        if self.take(name, value)? {
            return Ok(());
        }
        if self.record_type == RecordType::Error
            && error_parts::take(&mut self.received, self.origin, name, value)?
        {
            return Ok(());
        }
        let Some(value) = field_value(value)? else {
            return Ok(());
        };
        if self.usage_inside.iter().any(|inside| inside == name) {
            self.received.add_usage_inside(name, value);
        } else if self.origin.is_own && self.kind.is_none() && follows_from_kind(name) {
            self.before_kind.push((name.to_owned(), value));
        } else {
            self.received.add_attribute(name, value);
        }
        Ok(())
    }

    /// Takes an attribute that is no field.
    fn take(&mut self, name: &str, value: AnyValue<'_>) -> Result<bool, Fault> {
        match (name, value) {
            (names::FILE | names::OLDER_FILE, value) => match value.text() {
                Some(file) => self.file = Some((name.to_owned(), file.into_owned())),
                None => return Ok(false),
            },
            (names::LINE | names::OLDER_LINE, AnyValue::Int(line)) => match u32::try_from(line) {
                Ok(line) => self.line = Some((name.to_owned(), line)),
                Err(_) => return Ok(false),
            },
            (names::WEIGHT, AnyValue::Double(weight)) => self.received.set_weight(weight),
            (names::USAGE_INSIDE, AnyValue::Array(elements)) => {
                for element in Fields::new(elements).all(ELEMENTS).take(USAGE_NAMES) {
                    let name = AnyValue::read(element?)?.text();
                    self.usage_inside.extend(name.map(String::from));
                }
            }
            _ => return Ok(self.take_text(name, value)),
        }
        Ok(true)
    }

    fn take_text(&mut self, name: &str, value: AnyValue<'_>) -> bool {
        let is_own = self.origin.is_own;
        let is_part = matches!(name, names::KIND | names::LEVEL | names::NAME)
            || name == names::RECORD_UID
            || (is_own && name == names::TARGET);
        let Some(text) = is_part.then(|| value.text()).flatten() else {
            return false;
        };
        match name {
            names::TARGET => self.target = Some(self.origin.names.get(&text)),
            names::NAME => self.name = Some(self.origin.names.get(&text)),
            names::LEVEL => match text.parse::<Level>() {
                Ok(level) => self.received.set_level(level),
                Err(_) => return false,
            },
            names::KIND => match Kind::parse(&text) {
                Some(kind) => {
                    self.kind = Some(kind);
                    self.received.set_kind(kind);
                    self.before_kind.clear();
                }
                None => return false,
            },
            _ => {
                self.uid = Some(text.into_owned());
                return is_own;
            }
        }
        true
    }

    /// Sets the call site. Returns the file and the line.
    pub(super) fn set_call_site(&mut self) -> Option<(String, u32)> {
        let (file, line) = (self.file.take(), self.line.take());
        if let (Some((_, file)), Some((_, line))) = (&file, &line)
            && self.received.set_call_site(file, *line)
        {
            return Some((file.clone(), *line));
        }
        // What is no call site is a field.
        if let Some((name, file)) = file {
            self.received.add_attribute(&name, file.into());
        }
        if let Some((name, line)) = line {
            self.received.add_attribute(&name, line.into());
        }
        None
    }

    /// The record, with its origin.
    pub(super) fn finish(mut self) -> ReceivedRecord {
        self.set_call_site();
        for (name, value) in self.before_kind {
            self.received.add_attribute(&name, value);
        }
        let target = self.target.unwrap_or_else(|| match self.origin.is_own {
            true => self.origin.names.get(""),
            false => Arc::clone(&self.origin.scope),
        });
        self.received.set_target(target);
        if let Some(service) = &self.origin.service {
            self.received.set_service(Arc::clone(service));
        }
        self.received
    }
}

/// Whether `whose` writes an attribute of that name in front of the kind, where the record has no such
/// field.
fn follows_from_kind(name: &str) -> bool {
    name == gen_ai::OPERATION.name || gen_ai::KIND_ALIASES.contains(&name)
}
