//! What both sides of rEEEductio agree on: ids, canonical bytes, signatures, capabilities and how they are judged, and the HTTP types.
