extension FixedWidthInteger {
    /// `value` rounded towards zero where that can be represented, the nearest integer of this type where it cannot, and 0
    /// for NaN: for numbers that come from data, which the ordinary conversion would trap on.
    @inlinable
    package init(saturating value: some BinaryFloatingPoint) {
        if let exact = Self(exactly: value.rounded(.towardZero)) {
            self = exact
        } else {
            self = value.isNaN ? 0 : value < 0 ? .min : .max
        }
    }
}
