//! Time, and what is compared in turns.

use std::hint::black_box;
use std::time::Instant;

use serde_json::{Value, json};

use crate::Result;

/// Messages of a turn.
const EACH: usize = 200;

/// Gives a length, so that the work has a result.
pub(crate) type Work<'a> = &'a mut dyn FnMut() -> Result<usize>;

/// Medians of both, and of their ratio in each turn. The first turns warm up.
pub(crate) fn in_turns(turns: usize, zero: Work<'_>, one: Work<'_>) -> Result<Value> {
    for _ in 0..3 {
        micros(zero)?;
        micros(one)?;
    }
    let (mut zeros, mut ones, mut ratios) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..turns {
        let (zero, one) = (micros(zero)?, micros(one)?);
        zeros.push(zero);
        ones.push(one);
        ratios.push(one / zero);
    }
    Ok(json!({
        "format_0_us": round(median(zeros)),
        "format_1_us": round(median(ones)),
        "ratio": round(median(ratios)),
    }))
}

fn micros(work: Work<'_>) -> Result<f64> {
    let ((), millis) = millis(|| {
        for _ in 0..EACH {
            black_box(work()?);
        }
        Ok(())
    })?;
    #[expect(clippy::cast_precision_loss, reason = "a small number")]
    Ok(millis * 1_000.0 / EACH as f64)
}

/// Does a work, and gives its result and milliseconds.
#[expect(
    clippy::disallowed_methods,
    reason = "shown to the developer, decides nothing"
)]
pub(crate) fn millis<T>(work: impl FnOnce() -> Result<T>) -> Result<(T, f64)> {
    let begun = Instant::now();
    let made = work()?;
    Ok((made, begun.elapsed().as_secs_f64() * 1_000.0))
}

pub(crate) fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or_default()
}

pub(crate) fn round(value: f64) -> f64 {
    (value * 100.0).round() / 100.0
}
