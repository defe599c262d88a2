import Core

/// The names of all settings in a JSON object, with dots between those of objects within objects; settings that are null are none.
package struct SettingNames: Decodable {
    package let names: Set<String>

    private struct Key: CodingKey {
        let stringValue: String
        var intValue: Int? { nil }
        init?(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }

    package init(from decoder: any Decoder) throws {
        var names: Set<String> = []
        if let object = try? decoder.container(keyedBy: Key.self) {
            for key in object.allKeys where !(try object.decodeNil(forKey: key)) {
                names.insert(key.stringValue)
                let inner = try object.decode(SettingNames.self, forKey: key).names
                names.formUnion(inner.map { key.stringValue + "." + $0 })
            }
        } else if var list = try? decoder.unkeyedContainer() {
            while !list.isAtEnd { names.formUnion(try list.decode(SettingNames.self).names) }
        }
        self.names = names
    }
}

extension FitConfiguration {
    /// The first of `given` that this configuration has no setting of, in alphabetical order: a word that is misspelt would be passed over.
    ///
    /// - Parameter given: of JSON that this was read from. Of earlier schemas, whose settings have other names, nothing is said.
    package func misspelt(in given: SettingNames) -> String? {
        guard given.names.contains("schema"), let json = try? json(),
            let known = try? JSONDecoder().decode(SettingNames.self, from: Data(json.utf8))
        else { return nil }
        return given.names.subtracting(known.names).subtracting(["generator", "command"]).min()
    }
}
