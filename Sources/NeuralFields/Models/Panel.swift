import CKernels

/// The panels of columns in which the matrix kernels write their results.
enum Panel {
    /// `columns`, rounded up to whole panels: floats between rows of a result.
    static func stride(_ columns: Int) -> Int {
        let panel = Int(CK_PANEL)
        return (columns + panel - 1) / panel * panel
    }
}
