// FFmpeg, opened at run time. Its libraries and their dependencies take longer to load than the rest
// of the program, and only videos need them.
//
// CFF_FUNCTIONS is the only list of what is used. From it come the table that cff_open fills and,
// for Swift, a value `cff_NAME` for each function, to be called like the function itself. cff_open
// comes before any of them.
#ifndef CFFMPEG_H
#define CFFMPEG_H
#include <errno.h>
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/log.h>
#include <libavutil/opt.h>
#include <libavutil/pixdesc.h>
#include <libswscale/swscale.h>

#define CFF_FUNCTIONS(X) \
  /* Containers. */ \
  X(avformat_open_input) X(avformat_close_input) X(avformat_find_stream_info) \
  X(avformat_index_get_entries_count) X(avformat_index_get_entry) X(av_read_frame) \
  X(avformat_alloc_output_context2) X(avformat_free_context) X(avformat_new_stream) \
  X(avformat_write_header) X(av_interleaved_write_frame) X(av_write_trailer) \
  X(avio_open) X(avio_closep) \
  /* Codecs. */ \
  X(avcodec_find_decoder) X(avcodec_find_encoder_by_name) X(avcodec_get_name) \
  X(avcodec_alloc_context3) X(avcodec_free_context) X(avcodec_open2) X(avcodec_flush_buffers) \
  X(avcodec_send_packet) X(avcodec_receive_frame) X(avcodec_send_frame) X(avcodec_receive_packet) \
  X(avcodec_parameters_alloc) X(avcodec_parameters_free) X(avcodec_parameters_copy) \
  X(avcodec_parameters_to_context) X(avcodec_parameters_from_context) \
  /* Packets and pictures. */ \
  X(av_packet_alloc) X(av_packet_free) X(av_packet_unref) X(av_packet_rescale_ts) X(av_new_packet) \
  X(av_frame_alloc) X(av_frame_free) X(av_frame_get_buffer) X(av_frame_make_writable) \
  /* Conversion between pixel formats. */ \
  X(sws_getContext) X(sws_freeContext) X(sws_scale) X(sws_getCoefficients) \
  X(sws_getColorspaceDetails) X(sws_setColorspaceDetails) \
  /* The library. */ \
  X(av_strerror) X(av_get_pix_fmt_name) X(av_log_set_level) X(av_opt_set) X(av_version_info) X(avcodec_version) X(swscale_version)

struct CFFFunctions {
#define X(name) __typeof__(name) *_Nonnull name;
  CFF_FUNCTIONS(X)
#undef X
};

extern struct CFFFunctions cff_functions;

/// The file of what reads containers. cff_open comes before.
const char *_Nonnull cff_file(void);

/// Opens the libraries; later calls, from any thread, return what the first did.
///
/// Returns NULL, or a message why they cannot be used, which stays valid.
const char *_Nullable cff_open(void);

#define X(name) \
  __attribute__((swift_name("getter:cff_" #name "()"))) \
  static inline __typeof__(name) *_Nonnull cff_get_##name(void) { return cff_functions.name; }
CFF_FUNCTIONS(X)
#undef X

// Swift imports neither function-like macros nor macros computed from others.
static const int cff_again = AVERROR(EAGAIN);
static const int cff_end_of_file = AVERROR_EOF;
static const int cff_unknown = AVERROR_UNKNOWN;
static const int cff_not_built = AVERROR_PATCHWELCOME;
static const int64_t cff_no_timestamp = AV_NOPTS_VALUE;
#endif
