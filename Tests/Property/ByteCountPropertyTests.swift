import LeRobotCore
import Testing

struct ByteCountPropertyTests {
  @Test(arguments: [
    ("80GB", 80_000_000_000), ("80", 80_000_000_000), ("512 mb", 512_000_000),
    ("1.5G", 1_500_000_000),
    ("2GiB", 2_147_483_648), ("3MiB", 3_145_728),
  ])
  func sizesOfMachinesAreRead(text: String, bytes: Int) {
    #expect(ByteCount(text)?.bytes == bytes)
  }

  @Test(arguments: ["", "GB", "-1GB", "0", "80 TB", "eighty", "1e30", "nan", "inf GB"])
  func otherTextsAreNone(text: String) { #expect(ByteCount(text) == nil) }
}
