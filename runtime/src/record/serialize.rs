//! The JSON form of a record. [`Record`] documents the keys.

use std::fmt;
use std::time::Duration;

use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

use crate::model::{Breadcrumb, ChainedActor, Service, User, Value};
use crate::names::{attribution, exception};
use crate::record::record::Record;
use crate::record::types::Status;
use crate::util::Timestamp;

/// One flat object: see the table at [`Record`].
impl Serialize for Record {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut object = Object(serializer.serialize_map(None)?);
        self.write_circumstances(&mut object)?;
        if let Some(user) = self.user() {
            write_user(&mut object, user)?;
        }
        self.write_attribution(&mut object)?;
        self.write_error(&mut object)?;
        object.map_of("fields", || self.last_fields())?;
        object.map_of("extra", || self.extras())?;
        object.map_of("contexts", || self.contexts())?;
        object.list_of("breadcrumbs", || self.breadcrumbs())?;
        object.list_of("flags", || self.flags().map(FlagObject))?;
        object.maybe("service", self.service())?;
        object.0.end()
    }
}

impl Record {
    fn write_circumstances<M: SerializeMap>(&self, object: &mut Object<M>) -> Result<(), M::Error> {
        object.entry("type", self.record_type().as_str())?;
        object.entry("time", &Timestamp::from(self.start()))?;
        // `u64` holds five centuries of nanoseconds, longer than any span.
        let nanos = |duration: Duration| u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX);
        object.maybe("duration_ns", self.duration().map(nanos))?;
        object.entry("name", self.name())?;
        object.maybe("target", Some(self.target()).filter(|it| !it.is_empty()))?;
        object.entry("level", self.level().as_str())?;
        object.maybe("file", self.call_site().map(|site| site.file))?;
        object.maybe("line", self.call_site().map(|site| site.line))?;
        object.maybe("kind", self.kind().map(|kind| kind.as_str()))?;
        object.maybe("weight", Some(self.weight()).filter(|it| *it != 1.0))?;
        object.maybe(
            "status",
            (self.status() == Status::Error).then_some("error"),
        )?;
        object.maybe("message", self.message())?;
        object.maybe("trace_id", self.trace_id().map(Shown))?;
        object.maybe("span_id", self.span_id().map(Shown))?;
        object.maybe("parent_id", self.parent_id().map(Shown))
    }

    fn write_attribution<M: SerializeMap>(&self, object: &mut Object<M>) -> Result<(), M::Error> {
        object.texts(self.attribution().texts())?;
        object.list_of(attribution::ACTOR_CHAIN, || {
            self.attribution().chained_actors().iter()
        })?;
        object.maybe(attribution::SCOPE_ID, self.scope_id().map(Shown))?;
        for (key, value) in self.tags() {
            object.under(attribution::TAG, key, value)?;
        }
        Ok(())
    }

    fn write_error<M: SerializeMap>(&self, object: &mut Object<M>) -> Result<(), M::Error> {
        object.maybe(exception::ERROR_TYPE.name, self.error_type())?;
        object.list_of(exception::ERROR_CAUSES, || self.causes())?;
        object.maybe(exception::ERROR_FINGERPRINT, self.fingerprint().map(Shown))?;
        object.list_of(exception::ERROR_SPAN_PATH, || self.span_path())?;
        object.maybe(exception::ERROR_BACKTRACE, self.backtrace())
    }
}

fn write_user<M: SerializeMap>(object: &mut Object<M>, user: &User) -> Result<(), M::Error> {
    object.texts(user.texts())?;
    for (key, value) in user.attrs() {
        object.under(attribution::USER_ATTRS, key, value)?;
    }
    Ok(())
}

/// An object with `id`, `kind` and `source`.
impl Serialize for ChainedActor {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut object = Object(serializer.serialize_map(None)?);
        object.entry("id", self.actor.id())?;
        object.entry("kind", self.actor.kind().as_str())?;
        object.entry("source", self.source.as_str())?;
        object.0.end()
    }
}

/// An object with `time`, `message`, `category`, `type`, `level` and `data`. Absent values are left
/// out.
impl Serialize for Breadcrumb {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut object = Object(serializer.serialize_map(None)?);
        object.entry("time", &Timestamp::from(self.timestamp()))?;
        object.entry("message", self.message())?;
        object.maybe("category", self.category())?;
        object.maybe("type", self.breadcrumb_type())?;
        object.entry("level", self.level().as_str())?;
        object.map_of("data", || self.all_data().iter())?;
        object.0.end()
    }
}

/// An object with `key` and `value`.
struct FlagObject<'a>((&'a str, &'a Value));

impl Serialize for FlagObject<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (key, value) = self.0;
        let mut object = Object(serializer.serialize_map(None)?);
        object.entry("key", key)?;
        object.entry("value", value)?;
        object.0.end()
    }
}

/// An object with `name`, `version`, `environment` and `host`. Absent values are left out.
impl Serialize for Service {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut object = Object(serializer.serialize_map(None)?);
        object.maybe("name", self.name())?;
        object.maybe("version", self.version())?;
        object.maybe("environment", self.environment())?;
        object.maybe("host", self.host())?;
        object.0.end()
    }
}

/// An object that leaves out absent values.
struct Object<M>(M);

impl<M: SerializeMap> Object<M> {
    fn entry(&mut self, key: &str, value: &(impl Serialize + ?Sized)) -> Result<(), M::Error> {
        self.0.serialize_entry(key, value)
    }

    fn maybe(&mut self, key: &str, value: Option<impl Serialize>) -> Result<(), M::Error> {
        value.map_or(Ok(()), |value| self.entry(key, &value))
    }

    fn texts<const N: usize>(&mut self, texts: [(&str, Option<&str>); N]) -> Result<(), M::Error> {
        texts
            .into_iter()
            .try_for_each(|(key, text)| self.maybe(key, text))
    }

    /// Writes a value under a prefixed key.
    fn under(
        &mut self,
        before: &str,
        key: &str,
        value: &(impl Serialize + ?Sized),
    ) -> Result<(), M::Error> {
        self.0
            .serialize_entry(&Shown(format_args!("{before}{key}")), value)
    }

    fn map_of<K: Serialize, V: Serialize, I: Iterator<Item = (K, V)>>(
        &mut self,
        key: &str,
        entries: impl Fn() -> I,
    ) -> Result<(), M::Error> {
        match entries().next() {
            Some(_) => self.entry(key, &Map(entries)),
            None => Ok(()),
        }
    }

    fn list_of<V: Serialize, I: Iterator<Item = V>>(
        &mut self,
        key: &str,
        values: impl Fn() -> I,
    ) -> Result<(), M::Error> {
        match values().next() {
            Some(_) => self.entry(key, &List(values)),
            None => Ok(()),
        }
    }
}

/// A value that is serialised as its `Display` text.
struct Shown<T>(T);

impl<T: fmt::Display> Serialize for Shown<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

struct Map<F>(F);

impl<K: Serialize, V: Serialize, I: Iterator<Item = (K, V)>, F: Fn() -> I> Serialize for Map<F> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0())
    }
}

struct List<F>(F);

impl<V: Serialize, I: Iterator<Item = V>, F: Fn() -> I> Serialize for List<F> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0())
    }
}
