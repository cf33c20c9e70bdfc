//! A panic is a bug in this package. It leaves the module in a state that nothing may rely on, and by itself
//! it would leave promises that never settle: the TypeScript half is told, and fails them all.

use std::cell::RefCell;
use std::panic::{PanicHookInfo, set_hook};

use js_sys::Function;
use wasm_bindgen::prelude::*;

thread_local! {
    static LISTENER: RefCell<Option<Function>> = const { RefCell::new(None) };
}

/// Has `listener` called with the text of a panic.
#[wasm_bindgen(js_name = onPanic)]
pub fn on_panic(listener: Function) {
    LISTENER.with_borrow_mut(|place| *place = Some(listener));
    set_hook(Box::new(report));
}

fn report(info: &PanicHookInfo<'_>) {
    let text = JsValue::from_str(&info.to_string());
    LISTENER.with_borrow(|listener| {
        if let Some(listener) = listener {
            // Nobody is left to hear of it.
            drop(listener.call1(&JsValue::UNDEFINED, &text));
        }
    });
}
