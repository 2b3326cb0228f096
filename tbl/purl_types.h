/* Ecosystems whose packages are known: symbol and type of the purl (package-url specification). In the order of their names, by which tbl/capabilities.h is sorted.
 * PURL_TYPE(symbol, type) */
PURL_TYPE(CARGO, "cargo")
PURL_TYPE(COMPOSER, "composer")
PURL_TYPE(CONAN, "conan")
PURL_TYPE(GEM, "gem")
PURL_TYPE(GOLANG, "golang")
PURL_TYPE(HEX, "hex")
PURL_TYPE(MAVEN, "maven")
PURL_TYPE(NPM, "npm")
PURL_TYPE(NUGET, "nuget")
PURL_TYPE(PUB, "pub")
PURL_TYPE(PYPI, "pypi")
PURL_TYPE(SWIFT, "swift")
