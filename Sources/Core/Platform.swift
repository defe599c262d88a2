// What every target has of the system, in one place: Foundation without its internationalization, which is 44 MB of tables
// in a statically linked program, and the C library. ProjectTests holds all other files to that.
#if canImport(FoundationEssentials)
@_exported import FoundationEssentials
#else
@_exported import Foundation
#endif
#if canImport(Glibc)
@_exported import Glibc
#elseif canImport(Musl)
@_exported import Musl
#elseif canImport(Darwin)
@_exported import Darwin
#endif
