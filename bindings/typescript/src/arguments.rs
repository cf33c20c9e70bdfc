//! Arguments of an operation, from a JavaScript object.

use js_sys::{Array, Function, Uint8Array};
use reeeductio_client::ClientError;
use reeeductio_operations::{Value, camel};
use wasm_bindgen::{JsCast as _, JsValue};

use crate::change::Thrown;
use crate::progress::Progress;
use crate::promise::property;
use crate::source::{Input, Source};
use crate::store::LocalStore;

/// How often lists hold lists, in any argument.
const DEPTH: usize = 2;

/// The arguments of one call.
pub(crate) struct Arguments {
    given: JsValue,
    /// The program's function that is told of progress, if there is one.
    pub(crate) progress: Option<Progress>,
    /// The value that the program's function that changes a value threw, if there is such a function.
    pub(crate) thrown: Option<Thrown>,
}

impl Arguments {
    pub(crate) fn new(given: JsValue) -> Self {
        Self {
            given,
            progress: None,
            thrown: None,
        }
    }

    /// A value, which may hold others `depth` times.
    fn value(&mut self, value: JsValue, depth: usize) -> Value {
        if value.is_undefined() {
            return Value::Absent;
        }
        if value.is_null() {
            return Value::Null;
        }
        if let Some(truth) = value.as_bool() {
            return Value::Bool(truth);
        }
        if let Some(number) = value.as_f64() {
            return Value::Number(number);
        }
        if let Some(text) = value.as_string() {
            return text.into();
        }
        if let Some(bytes) = value.dyn_ref::<Uint8Array>() {
            return bytes.to_vec().into();
        }
        if let Some(list) = value.dyn_ref::<Array>() {
            let Some(depth) = depth.checked_sub(1) else {
                return Value::Other;
            };
            return Value::List(list.iter().map(|each| self.value(each, depth)).collect());
        }
        if let Some(function) = value.dyn_ref::<Function>() {
            let progress = Progress::new(function.clone());
            let report = progress.reporter();
            self.progress = Some(progress);
            return Value::Progress(Box::new(report));
        }
        if value.is_object() && property(&value, "read").is_function() {
            return Value::Source(Box::new(Source::new(Input::from(value))));
        }
        Value::Other
    }
}

impl reeeductio_operations::Arguments for Arguments {
    fn take(&mut self, field: &'static str) -> Result<Value, ClientError> {
        let given = property(&self.given, &camel(field));
        if let Some(function) = given.dyn_ref::<Function>().filter(|_| field == "change") {
            let thrown = self.thrown.insert(Thrown::default()).clone();
            let function = function.clone();
            return Ok(Value::Change(Box::new(move |old: Option<&[u8]>| {
                thrown.call(&function, old)
            })));
        }
        if field == "store" && given.is_object() {
            let store: LocalStore = given.unchecked_into();
            return Ok(Value::Store(store.shared()));
        }
        Ok(self.value(given, DEPTH))
    }
}
