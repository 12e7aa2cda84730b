import Foundation
import LeRobotEnvs
import Support
import Testing

/// MuJoCo, ALOHA's models and OpenGL as things that may or may not be there.
struct MuJoCoPropertyTests {
  @Test func libraryIsLookedForInTheEnvironmentInUse() throws {
    let folder = try TemporaryFolder()
    let libraries = folder.file("lib")
    func candidates(_ variables: [String: String]) -> [String] {
      MuJoCoLibrary.candidates(variables, libraries: libraries)
    }
    #expect(candidates([:]) == [])
    #expect(candidates(["LIBMUJOCO": "/x/y.so"]) == ["/x/y.so"])
    let (python, prefix) = ("venv/lib/python3.11/site-packages/mujoco", folder.file("venv"))
    let inPython = try folder.write([], to: "\(python)/libmujoco.so.3.3.7")
    let own = try folder.write([], to: "lib/mujoco/libmujoco.so.3.3.7")
    let checkout = try folder.write([], to: ".deps/mujoco/libmujoco.so.3.3.7")
    #expect(candidates([:]) == [own, checkout])
    #expect(candidates(["VIRTUAL_ENV": prefix]) == [own, inPython, checkout])
    #expect(candidates(["PATH": prefix + "/bin"]) == [own, checkout])
  }

  @Test func modelsAreLookedForInTheEnvironmentInUse() throws {
    let folder = try TemporaryFolder()
    func found(_ variables: [String: String]) throws(EnvironmentError) -> String {
      try AlohaAssets(environment: variables, libraries: folder.file("lib")).folder
    }
    func write(_ path: String) throws -> String {
      for file in ["bimanual_viperx_insertion.xml", "bimanual_viperx_transfer_cube.xml"] {
        _ = try folder.write([], to: "\(path)/\(file)")
      }
      return folder.file(path)
    }
    let remedy =
      "; install gym_aloha 0.1.5 (Scripts/setup, or pip install gym-aloha==0.1.5), or train "
      + "without evaluation (--eval_freq=0)"
    let error = #expect(throws: EnvironmentError.self) { try found([:]) }
    #expect(
      error?.description
        == "ALOHA's models cannot be opened (no Python environment has them)" + remedy)
    let python = try write("venv/lib/python3.11/site-packages/gym_aloha/assets")
    #expect(try found(["VIRTUAL_ENV": folder.file("venv")]) == python)
    let own = try write("lib/gym_aloha/assets")
    #expect(try found(["VIRTUAL_ENV": folder.file("venv")]) == own)
    #expect(try found(["GYM_ALOHA_ASSETS": python]) == python)
    let chosen = #expect(throws: EnvironmentError.self) {
      try found(["GYM_ALOHA_ASSETS": folder.path])
    }
    #expect(
      chosen?.description == "ALOHA's models cannot be opened (GYM_ALOHA_ASSETS=\(folder.path) "
        + "holds none)" + remedy)
  }

  /// Ends before training; the last line it prints.
  private func refusal(_ variables: [String], _ arguments: [String] = []) throws -> String {
    let folder = try TemporaryFolder()
    let run = try CommandRun(
      variables + [TrainingProgram.path] + TrainingProgram.smallest
        + ["--env.type=aloha", "--steps=1", "--output_dir=\(folder.file("run"))"] + arguments)
    #expect(run.status == 1)
    return String(run.output.split(separator: "\n").last ?? "")
  }

  @Test func missingLibraryIsALineWithItsRemedy() throws {
    let message = try refusal(["LIBMUJOCO=/nowhere.so"])
    #expect(message.hasPrefix("lerobot-train: error: MuJoCo cannot be opened (/nowhere.so: "))
    #expect(message.contains("install mujoco 3.3.7 (Scripts/setup, or pip install mujoco==3.3.7)"))
  }

  @Test func anotherVersionIsRefused() throws {
    let folder = try TemporaryFolder()
    let source = try folder.write("int mj_version(void) { return 320; }".utf8, to: "fake.c")
    let library = folder.file("libmujoco.so.3.2.0")
    let made = try CommandRun("clang", "-shared", "-fPIC", source, "-o", library)
    try #require(made.status == 0, "\(made.output)")
    let message = try refusal(["LIBMUJOCO=\(library)"])
    #expect(message.contains("MuJoCo cannot be opened (MuJoCo is 3.2.0 instead of 3.3.7)"))
    #expect(try refusal(["LIBMUJOCO=libm.so.6"]).contains("(it is not MuJoCo)"))
  }

  @Test(.enabled(if: AlohaRecording.canSimulate, "no MuJoCo: run Scripts/setup"))
  func pictureslessMachinesSayWhatIsMissing() throws {
    func rest(_ message: String) -> String {
      message.replacingOccurrences(of: "lerobot-train: error: ", with: "")
    }
    let choose =
      "; set MUJOCO_GL=egl or MUJOCO_GL=osmesa, or choose --env.obs_type=environment_state_agent_pos"
    #expect(
      rest(try refusal(["MUJOCO_GL=disabled"])) == "MUJOCO_GL=disabled turns pictures off" + choose)
    #expect(
      rest(try refusal(["MUJOCO_GL=glfw"]))
        == "MUJOCO_GL=glfw draws in windows, which this program has not" + choose)
    #expect(rest(try refusal(["MUJOCO_GL=dx"])) == "MUJOCO_GL=dx is not known" + choose)
    #expect(
      rest(try refusal(["MUJOCO_EGL_DEVICE_ID=x"]))
        == "MUJOCO_EGL_DEVICE_ID=x is not the number of a device" + choose)
    let missing = rest(try refusal(["MUJOCO_GL=egl", "MUJOCO_EGL_DEVICE_ID=99"]))
    #expect(missing.hasPrefix("OpenGL cannot be opened (EGL: "))
    #expect(missing.contains("install libegl1 and libgl1-mesa-dri, or libosmesa6"))
  }

  @Test(arguments: [
    (MuJoCoGraphics.Use.observations, "choose --env.obs_type=environment_state_agent_pos"),
    (.videos, "film nothing: --eval.save_videos=0"),
  ])
  func theRemedyIsWhatNeedsNoPictures(use: MuJoCoGraphics.Use, remedy: String) {
    let error = #expect(throws: EnvironmentError.self) {
      try MuJoCoGraphics.open(for: use, environment: ["MUJOCO_GL": "off"])
    }
    #expect(
      error?.description == "MUJOCO_GL=off turns pictures off; set MUJOCO_GL=egl or "
        + "MUJOCO_GL=osmesa, or \(remedy)")
  }

  @Test(.enabled(if: AlohaRecording.canSimulate, "no MuJoCo: run Scripts/setup"))
  func wrongOptionsAreLines() throws {
    #expect(
      try refusal([], ["--env.task=AlohaPour-v0"])
        == "lerobot-train: error: --env.task=AlohaPour-v0: the environment has AlohaInsertion-v0, "
        + "AlohaTransferCube-v0")
    #expect(
      try refusal([], ["--env.obs_type=state"]).hasSuffix(
        "--env.obs_type=state: the environment has pixels, pixels_agent_pos, "
          + "environment_state_agent_pos"))
  }
}
