//! Local stores that the TypeScript half gives: in memory, in `IndexedDB`, in a file, or a program's own.

mod change;
mod earlier;
mod returned;
mod stored;

use std::fmt;
use std::sync::Arc;

use js_sys::{Array, Object, Uint8Array};
use reeeductio_client::store::{Change, Durability, Scan, Scanned, Store, Stored, check};
use wasm_bindgen::prelude::*;

use returned::{bytes_or_none, list_of, page_of, promised};

#[wasm_bindgen]
extern "C" {
    /// `LocalStore` of `ts/store.ts`. Its results are checked: a program may have written it.
    #[derive(Clone)]
    pub type LocalStore;
    #[wasm_bindgen(method, catch)]
    fn get(this: &LocalStore, keys: Array) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(method, catch)]
    fn scan(this: &LocalStore, scan: Object) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(method, catch)]
    fn commit(this: &LocalStore, changes: Array, durability: &str) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(method, catch)]
    fn clear(this: &LocalStore) -> Result<JsValue, JsValue>;
}

impl fmt::Debug for LocalStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LocalStore")
    }
}

impl LocalStore {
    /// Returns the store as the client takes it.
    pub(crate) fn shared(self) -> Arc<dyn Store> {
        Arc::new(self)
    }
}

impl Store for LocalStore {
    fn get(&self, keys: Vec<Vec<u8>>) -> Stored<'_, Vec<Option<Vec<u8>>>> {
        Box::pin(async move {
            let asked = keys
                .iter()
                .map(|key| Uint8Array::from(key.as_slice()))
                .collect();
            let found = promised("get", Self::get(self, asked)).await?;
            let found = list_of("get", keys.len(), &found)?;
            found
                .iter()
                .map(|value| bytes_or_none("get", value))
                .collect()
        })
    }

    fn scan(&self, scan: Scan) -> Stored<'_, Scanned> {
        Box::pin(async move {
            let found = promised("scan", Self::scan(self, change::scan(&scan))).await?;
            page_of(&scan, &found)
        })
    }

    fn commit(&self, changes: Vec<Change>, durability: Durability) -> Stored<'_, ()> {
        Box::pin(async move {
            check(&changes)?;
            let changes = changes.into_iter().map(change::object).collect();
            let durability = match durability {
                Durability::Process => "process",
                Durability::Disk => "disk",
            };
            promised("commit", Self::commit(self, changes, durability)).await?;
            Ok(())
        })
    }

    fn clear(&self) -> Stored<'_, ()> {
        Box::pin(async move {
            promised("clear", Self::clear(self)).await?;
            Ok(())
        })
    }
}
