/// The polynomials by which torch's vector code approximates logarithm, sine and cosine when it
/// fills a float32 tensor with normals (ATen/native/cpu/avx_mathfun.h, after S. Moshier's Cephes
/// library: `logf`, `sinf`, `cosf`).
///
/// They differ from the C library's in the last bit now and then, and stand for what torch does on
/// x86-64 with AVX2: on arm64 torch calls the C library. The compiler fuses torch's multiplications
/// and additions; `addingProduct` stands where it does.
enum VectorMath {
  /// ln x for a normal x > 0: x = m · 2ᵉ with √½ ≤ m < √2, then a polynomial in m − 1.
  static func log(_ x: Float) -> Float {
    var exponent = Float(Int(x.bitPattern >> 23) - 126)
    var mantissa = Float(bitPattern: x.bitPattern & 0x007f_ffff | 0x3f00_0000)
    if mantissa < 0.707106781186547524 {
      exponent -= 1
      mantissa += mantissa - 1
    } else {
      mantissa -= 1
    }
    let square = mantissa * mantissa
    let series = horner(
      mantissa,
      [
        7.0376836292E-2, -1.1514610310E-1, 1.1676998740E-1, -1.2420140846E-1, 1.4249322787E-1,
        -1.6668057665E-1, 2.0000714765E-1, -2.4999993993E-1, 3.3333331174E-1,
      ])
    // ln 2 in two parts: 0.693359375 − 2.12194440e-4.
    let low = (exponent * -2.12194440e-4).addingProduct(series * mantissa, square)
    return (mantissa + (low - square * 0.5)).addingProduct(exponent, 0.693359375)
  }

  /// sin x and cos x for 0 ≤ x < 8192: x − j · π/4 with j even lies in ±π/4, where one polynomial
  /// gives the sine and one the cosine.
  static func sineAndCosine(_ x: Float) -> (sine: Float, cosine: Float) {
    let octant = (Int32(x * 1.27323954473516) + 1) & ~1
    // π/4 in three parts, so that the subtraction loses nothing.
    let rest = x.addingProduct(Float(octant), -0.78515625)
      .addingProduct(Float(octant), -2.4187564849853515625e-4)
      .addingProduct(Float(octant), -3.77489497744594108e-8)
    let square = rest * rest
    let sineSeries = horner(square, [-1.9515295891E-4, 8.3321608736E-3, -1.6666654611E-1])
    let sine = rest.addingProduct(sineSeries * square, rest)
    let cosineSeries = horner(
      square, [2.443315711809948E-005, -1.388731625493765E-003, 4.166664568298827E-002])
    let cosine = (-(square * 0.5)).addingProduct(cosineSeries * square, square) + 1
    let swapped = octant & 2 != 0
    return (
      sine: (swapped ? cosine : sine) * (octant & 4 != 0 ? -1 : 1),
      cosine: (swapped ? sine : cosine) * ((octant - 2) & 4 == 0 ? -1 : 1)
    )
  }

  /// c₀xⁿ + c₁xⁿ⁻¹ + … + cₙ.
  private static func horner(_ x: Float, _ coefficients: [Float]) -> Float {
    coefficients.dropFirst().reduce(coefficients[0]) { $1.addingProduct($0, x) }
  }
}
