/// The version of this package: the one place where it stands.
public let shapefitVersion = "0.2.0"
