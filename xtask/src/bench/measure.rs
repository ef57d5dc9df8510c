//! Parsers for the output of the measuring programs.

use serde_json::Value;

/// A number that a program has measured.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Measurement {
    pub(super) name: String,
    pub(super) value: f64,
}

impl Measurement {
    pub(super) fn new(name: impl Into<String>, value: f64) -> Self {
        Self { name: name.into(), value }
    }

    /// Returns it with the name that it has in a group.
    pub(super) fn within(self, group: &str) -> Self {
        Self { name: format!("{group}_{}", self.name), ..self }
    }
}

/// Reads the lines of JSON among what a benchmark printed: `{"name", "median_ms", ...}` or
/// `{"name", "value", ...}`.
pub(super) fn lines(text: &str) -> Vec<Measurement> {
    let measurement = |line: &str| {
        let line: Value = serde_json::from_str(line).ok()?;
        let value = line.get("median_ms").or_else(|| line.get("value"))?.as_f64()?;
        Some(Measurement::new(line.get("name")?.as_str()?, value))
    };
    text.lines().filter_map(measurement).collect()
}

/// The report of `parallax render --json`.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Rendered {
    pub(super) adapter: String,
    /// The total, then its parts in the order of [`PARTS`]; in seconds.
    pub(super) seconds: [f64; 5],
    /// The median time of a frame while the camera turns, if it did.
    pub(super) frame_ms: Option<f64>,
    pub(super) peak_bytes: f64,
}

/// The names of [`Rendered::seconds`].
pub(super) const PARTS: [&str; 5] = ["total", "load", "projection", "device", "first_frame"];

impl Rendered {
    /// Reads the JSON document.
    ///
    /// # Errors
    /// Returns the name of a missing field.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let document: Value = serde_json::from_str(text).map_err(|error| format!("no JSON document ({error})"))?;
        let number = |value: &Value, name: &str| value[name].as_f64().ok_or_else(|| format!("no number `{name}`"));
        let mut seconds = [0.0; PARTS.len()];
        for (second, part) in seconds.iter_mut().zip(PARTS) {
            *second = number(&document["seconds"], part)?;
        }
        Ok(Self {
            adapter: document["adapter"].as_str().ok_or("no text `adapter`")?.to_owned(),
            seconds,
            frame_ms: document["frame_ms_median"].as_f64(),
            peak_bytes: number(&document, "peak_memory_bytes")?,
        })
    }
}

/// Returns the median, or `None` without values.
pub(super) fn median(mut values: Vec<f64>) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn measurements_are_found_among_other_lines() {
        let text = "a line of something else\n\
            {\"name\":\"pca\",\"median_ms\":61.5,\"min_ms\":60.0,\"runs\":9,\"threads\":2}\n\
            {\"name\":\"cloud_still_draws\",\"value\":0,\"unit\":\"calls\"}\n\
            {\"name\":\"no number\",\"value\":null}\n\
            {\"value\":3}\n";
        assert_eq!(lines(text), [Measurement::new("pca", 61.5), Measurement::new("cloud_still_draws", 0.0)]);
    }

    #[test]
    fn render_report_is_parsed() {
        let text = r#"{ "points": 10000, "size": [826, 775], "adapter": "llvmpipe (LLVM 15)", "seconds": { "load": 0.1,
            "projection": 0.2, "device": 0.3, "first_frame": 0.4, "total": 1.1 }, "frame_ms_median": 40.5,
            "frame_ms_p99": 61.0, "peak_memory_bytes": 300000000 }"#;
        let rendered = Rendered::parse(text).unwrap();
        assert_eq!((rendered.adapter.as_str(), rendered.seconds), ("llvmpipe (LLVM 15)", [1.1, 0.1, 0.2, 0.3, 0.4]));
        assert_eq!((rendered.frame_ms, rendered.peak_bytes), (Some(40.5), 3e8));
        assert_eq!(Rendered::parse(&text.replace("40.5", "null")).unwrap().frame_ms, None);
        for (name, broken) in
            [("total", text.replace("total", "sum")), ("peak_memory_bytes", text.replace("300000000", "\"much\""))]
        {
            assert!(Rendered::parse(&broken).unwrap_err().contains(name), "{name}");
        }
        assert!(Rendered::parse("").unwrap_err().contains("JSON"));
    }

    #[test]
    fn median_is_the_middle_value() {
        assert_eq!(median(vec![9.0, 1.0, 2.0]), Some(2.0));
        assert_eq!(median(vec![4.0]), Some(4.0));
        assert_eq!(median(Vec::new()), None);
    }
}
