"""The numbers and types of the protobuf fields that this program writes or reads, as each release of wandb has them.

    python3 Scripts/wandb_checking/descriptors.py PYTHON [PYTHON …] > Fixtures/wandb/descriptors.json

Each PYTHON has one release of wandb. The answer is {release: {message: {field: [number, type]}}}; a type is a scalar
of protobuf, a message, or `enum {NAME: number}`; "repeated " and "map " stand before it. A message that a release lacks
is absent.
"""

import json
import subprocess
import sys

MESSAGES = """
Record Control Result RunRecord RunUpdateResult ErrorInfo ConfigRecord ConfigItem HistoryRecord HistoryStep HistoryItem
PartialHistoryRequest HistoryAction SummaryRecord SummaryItem FilesRecord FilesItem OutputRecord OutputRawRecord
StatsRecord StatsItem EnvironmentRecord EnvironmentRecord.DiskEntry EnvironmentRecord.SlurmEntry DiskInfo MemoryInfo CpuInfo
AppleInfo GpuNvidiaInfo GpuAmdInfo TrainiumInfo TPUInfo CoreWeaveInfo GitRepoRecord TelemetryRecord ArtifactRecord
ArtifactManifest
ArtifactManifestEntry StoragePolicyConfigItem ExtraItem HeaderRecord VersionInfo FooterRecord FinalRecord RunExitRecord
RunExitResult RunStartRequest RunStartResponse Request Response LogArtifactRequest LogArtifactResponse MetricRecord
PythonPackagesRequest PythonPackagesRequest.PythonPackage HistoryStepRequest HistoryStepResponse ProbeSystemInfoRequest
_RecordInfo _RequestInfo _ResultInfo ServerRequest ServerResponse ServerInformInitRequest ServerInformInitResponse
ServerInformFinishRequest
ServerInformFinishResponse ServerInformTeardownRequest ServerInformTeardownResponse ServerAuthenticateRequest
ServerAuthenticateResponse PollExitRequest PollExitResponse FileCounts FilePusherStats OperationStats Operation BranchPoint
""".split()
SETTINGS = """
run_id project entity run_name run_notes run_group run_job_type run_tags mode run_mode base_url app_url api_key files_dir log_dir
log_internal log_user sync_file sync_dir wandb_dir root_dir x_start_time _start_datetime timespec x_disable_stats
x_disable_meta x_disable_machine_info x_disable_viewer console console_multipart host resume resume_fname resumed
x_stats_pid x_stats_disk_paths
x_stats_sampling_interval x_stats_track_process_tree program program_relpath program_abspath git_commit git_remote
git_remote_url git_root x_executable _args username email init_timeout x_skip_transaction_log x_save_requirements
_offline x_sync _os _python _platform disable_git disable_code save_code disable_job_creation silent quiet
x_primary x_update_finish_state x_graphql_retry_max x_graphql_timeout_seconds x_file_stream_retry_max
x_file_stream_timeout_seconds x_file_transfer_retry_max x_file_transfer_timeout_seconds x_transaction_log_flush_interval
x_history_value_encoding allow_offline_artifacts credentials_file identity_token_file insecure_disable_ssl symlink
sync_symlink_latest x_service_transport x_internal_check_process finish_timeout stop_on_fatal_error http_proxy https_proxy
""".split()
WRAPPED = {"google.protobuf." + name: name for name in "StringValue BoolValue Int32Value DoubleValue Timestamp Empty".split()}


def kind(field) -> str:
    """The type of a field, in words."""
    if field.enum_type:
        named = "enum " + json.dumps({value.name: value.number for value in field.enum_type.values})
    elif field.message_type:
        name = field.message_type.full_name
        named = WRAPPED.get(name, name.removeprefix("wandb_internal."))
    else:
        constants = {getattr(field, name): name[5:].lower() for name in dir(field) if name.startswith("TYPE_")}
        named = constants[field.type]
    if field.message_type and field.message_type.GetOptions().map_entry:
        return "map " + named
    return ("repeated " if many(field) else "") + named


def many(field) -> bool:
    return field.is_repeated if hasattr(type(field), "is_repeated") else field.label == field.LABEL_REPEATED


def fields(message, wanted=None) -> dict:
    return {field.name: [field.number, kind(field)] for field in message.fields if wanted is None or wanted(field)}


def all_messages(messages, prefix: str = "") -> dict:
    found = {}
    for message in messages:
        found[prefix + message.name] = message
        found.update(all_messages(message.nested_types, prefix + message.name + "."))
    return found


def described() -> dict:
    """What the wandb of this Python says."""
    import wandb
    from google.protobuf import timestamp_pb2, wrappers_pb2
    from wandb.proto import wandb_base_pb2, wandb_internal_pb2, wandb_server_pb2, wandb_settings_pb2, wandb_telemetry_pb2

    found = {}
    own = (wandb_base_pb2, wandb_internal_pb2, wandb_server_pb2, wandb_settings_pb2, wandb_telemetry_pb2)
    for module in (timestamp_pb2, wrappers_pb2, *own):
        found.update(all_messages(module.DESCRIPTOR.message_types_by_name.values()))
    # Of telemetry only the texts; of settings those that this program may set.
    chosen = {"TelemetryRecord": lambda field: not field.message_type, "Settings": lambda field: field.name in SETTINGS}
    names = [*MESSAGES, "Settings", "ListStringValue", "MapStringKeyStringValue", *WRAPPED.values()]
    return {wandb.__version__: {name: fields(found[name], chosen.get(name)) for name in names if name in found}}


def main() -> None:
    if sys.argv[1:] == ["--this"]:
        print(json.dumps(described()))
        return
    releases = {}
    for python in sys.argv[1:]:
        said = subprocess.run([python, "-W", "ignore", __file__, "--this"], check=True, capture_output=True, text=True)
        releases.update(json.loads(said.stdout))
    print(json.dumps(releases, sort_keys=True, separators=(",", ":")))


if __name__ == "__main__":
    main()
