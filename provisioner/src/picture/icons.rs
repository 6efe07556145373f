//! Small drawings that tell boxes apart before their words are read: strokes on a field of 20 by 20.

use super::scene::Sort;

/// The icon of a sort of thing.
pub(super) const fn icon(sort: Sort) -> &'static str {
    match sort {
        Sort::Internet => {
            "M10 2a8 8 0 1 0 0 16a8 8 0 1 0 0-16M2 10h16M10 2c-5.5 4-5.5 12 0 16c5.5-4 5.5-12 0-16"
        }
        Sort::Gateway => "M3 3v14M17 3v14M3 10h14M6 7l-3 3l3 3M14 7l3 3l-3 3",
        Sort::Balancer => {
            "M10 2v5M10 7L4 14M10 7v7M10 7l6 7M2 14h4v4h-4zM8 14h4v4h-4zM14 14h4v4h-4z"
        }
        Sort::Nat => "M3 6h7v8h-7zM10 10h7M14 7l3 3l-3 3",
        Sort::Service => "M10 2l7 4v8l-7 4l-7-4v-8zM3 6l7 4l7-4M10 10v8",
        Sort::Table => {
            "M3 5a7 2.5 0 1 0 14 0a7 2.5 0 1 0-14 0v10a7 2.5 0 0 0 14 0v-10M3 10a7 2.5 0 0 0 14 0"
        }
        Sort::Images => "M10 2l8 4l-8 4l-8-4zM2 10l8 4l8-4M2 14l8 4l8-4",
        Sort::Logs => "M4 2h12v16h-12zM7 6h6M7 10h6M7 14h4",
        Sort::Alarms => "M4 15h12c-2-2-2-4-2-7a4 4 0 0 0-8 0c0 3 0 5-2 7zM8.5 17.5h3",
        Sort::Dashboard => "M2 3h16v14h-16zM5 14v-4M9 14v-7M13 14v-2M16 14v-5",
        Sort::Access => "M5 9h10v8h-10zM7 9v-3a3 3 0 0 1 6 0v3M10 12v2",
        Sort::Other => "M3 3h6v6h-6zM11 3h6v6h-6zM3 11h6v6h-6zM11 11h6v6h-6z",
    }
}
