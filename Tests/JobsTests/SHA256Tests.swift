import Jobs
import Testing

@Suite struct SHA256Tests {
    /// FIPS 180-4's examples, and a million letters.
    @Test(arguments: [
        ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        (
            "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
        ),
        (
            String(repeating: "a", count: 1_000_000), "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"
        ),
    ]) func published(text: String, digest: String) {
        #expect(SHA256.hexadecimal(Array(text.utf8).span) == digest)
    }

    /// However the bytes are cut, around every length at which a block ends.
    @Test func piecesGiveWhatTheWholeGives() {
        for count in 0..<200 {
            let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 37) }
            let whole = SHA256.hexadecimal(bytes.span)
            for cut in [0, 1, count / 2, max(count - 1, 0)] where cut <= count {
                var hash = SHA256()
                hash.update(Array(bytes[..<cut]).span)
                hash.update(Array(bytes[cut...]).span)
                #expect(hash.hexadecimal() == whole, "\(count) bytes cut at \(cut)")
            }
        }
    }
}
