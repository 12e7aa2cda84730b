import CMuJoCo
import Foundation

/// The way in which this process draws MuJoCo's pictures without a screen.
package struct MuJoCoGraphics: Sendable {
  /// MuJoCo's variable that chooses it.
  package static let variable = "MUJOCO_GL"
  /// MuJoCo's variable that names one of EGL's devices by its number.
  package static let deviceVariable = "MUJOCO_EGL_DEVICE_ID"

  private init() {}

  private static let names = [CM_EGL: "EGL", CM_OSMESA: "OSMesa"]

  /// What pictures are for.
  package enum Use {
    case observations, videos

    /// What needs none.
    fileprivate var otherwise: String {
      switch self {
      case .observations: "choose --env.obs_type=environment_state_agent_pos"
      case .videos: "film nothing: --eval.save_videos=0"
      }
    }
  }

  /// Opens the first one that works.
  ///
  /// - Throws: `EnvironmentError.noRendering` where `MUJOCO_GL` rules it out, `libraryMissing` where
  ///   there is none.
  package static func open(
    for use: Use, environment: [String: String] = ProcessInfo.processInfo.environment
  ) throws(EnvironmentError) -> MuJoCoGraphics {
    var reasons: [String] = []
    do throws(Refusal) {
      let device = try device(environment[deviceVariable])
      for graphics in try choices(environment[variable] ?? "") {
        if cm_graphics_open(graphics, device) == 0 { return MuJoCoGraphics() }
        reasons.append("\(names[graphics] ?? ""): \(String(cString: cm_last_error()))")
      }
    } catch {
      throw .noRendering(reason: error.reason, otherwise: use.otherwise)
    }
    throw .libraryMissing(
      library: "OpenGL", reason: reasons.joined(separator: "; "),
      package: "libegl1 and libgl1-mesa-dri, or libosmesa6 (apt-get install), \(use.otherwise)")
  }

  /// Why a variable allows no pictures.
  private struct Refusal: Error {
    let reason: String
  }

  /// What a value of `MUJOCO_GL` allows, in the order in which it is tried.
  private static func choices(_ value: String) throws(Refusal) -> [CMGraphics] {
    switch value.lowercased().trimmingCharacters(in: .whitespaces) {
    case "", "on", "enable", "enabled", "true", "1": return [CM_EGL, CM_OSMESA]
    case "egl": return [CM_EGL]
    case "osmesa": return [CM_OSMESA]
    case "off", "disable", "disabled", "false", "0":
      throw Refusal(reason: "\(variable)=\(value) turns pictures off")
    case "glfw", "glx":
      throw Refusal(reason: "\(variable)=\(value) draws in windows, which this program has not")
    default: throw Refusal(reason: "\(variable)=\(value) is not known")
    }
  }

  private static func device(_ value: String?) throws(Refusal) -> Int32 {
    guard let value, !value.isEmpty else { return -1 }
    guard let number = Int32(value), number >= 0 else {
      throw Refusal(reason: "\(deviceVariable)=\(value) is not the number of a device")
    }
    return number
  }
}

extension CMGraphics: @retroactive Hashable {}
