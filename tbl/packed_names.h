/* How the names of files end that are not text: rotated and packed ones match the patterns of log files, and are left alone. */
PACKED_ROW(".gz")
PACKED_ROW(".bz2")
PACKED_ROW(".xz")
PACKED_ROW(".zst")
PACKED_ROW(".lz4")
PACKED_ROW(".zip")
PACKED_ROW(".swp")
