#ifndef CFFMPEG_SHIM_H
#define CFFMPEG_SHIM_H
#include <errno.h>
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/log.h>
#include <libavutil/opt.h>
#include <libswscale/swscale.h>

// Swift imports neither function-like macros nor those computed from others.
static const int cff_again = AVERROR(EAGAIN);
static const int cff_end_of_file = AVERROR_EOF;
static const int cff_unknown = AVERROR_UNKNOWN;
static const int64_t cff_no_timestamp = AV_NOPTS_VALUE;

// libav writes warnings to stderr by itself; every failure is reported as an error instead.
static inline void cff_silence(void) { av_log_set_level(AV_LOG_QUIET); }
#endif
