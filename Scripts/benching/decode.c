// Decodes single frames of a video and nothing more: how fast the decoder alone is.
//
//     cc -O2 decode.c -lavformat -lavcodec -lavutil -o decode
//     decode VIDEO < FRAME_NUMBERS
//
// All packets are read first. Then each frame is decoded from the key frame before it, in one thread, and
// dropped unconverted. Prints {"seconds": processor time, "frames": wanted, "decoded": frames decoded}.
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static int fail(const char *what) {
  fprintf(stderr, "decode: %s\n", what);
  return 1;
}

static double now(void) {
  struct timespec clock;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &clock);
  return clock.tv_sec + clock.tv_nsec * 1e-9;
}

static AVPacket **packets;
static int count;

static int by_time(const void *a, const void *b) {
  int64_t one = *(const int64_t *)a, two = *(const int64_t *)b;
  return (one > two) - (one < two);
}

static int read_packets(AVFormatContext *file, int stream) {
  int room = 0;
  for (AVPacket *packet = av_packet_alloc(); av_read_frame(file, packet) >= 0;) {
    if (packet->stream_index != stream) {
      av_packet_unref(packet);
      continue;
    }
    if (count == room) packets = realloc(packets, (room = 2 * room + 64) * sizeof *packets);
    packets[count++] = packet;
    packet = av_packet_alloc();
  }
  return count;
}

// Decodes until the frame of that time is out; the number of frames decoded, or -1.
static int decode(AVCodecContext *codec, AVFrame *frame, int first, int64_t wanted) {
  int decoded = 0;
  avcodec_flush_buffers(codec);
  for (int index = first; index <= count; index++) {
    if (avcodec_send_packet(codec, index < count ? packets[index] : NULL) < 0) return -1;
    while (avcodec_receive_frame(codec, frame) >= 0) {
      decoded++;
      if (frame->best_effort_timestamp == wanted) return decoded;
    }
  }
  return -1;
}

int main(int arguments, char **argument) {
  AVFormatContext *file = NULL;
  const AVCodec *decoder = NULL;
  if (arguments != 2) return fail("usage: decode VIDEO < FRAME_NUMBERS");
  if (avformat_open_input(&file, argument[1], NULL, NULL) < 0) return fail("cannot open the video");
  if (avformat_find_stream_info(file, NULL) < 0) return fail("cannot read the video");
  int stream = av_find_best_stream(file, AVMEDIA_TYPE_VIDEO, -1, -1, &decoder, 0);
  if (stream < 0) return fail("no video stream that can be decoded");
  const AVCodec *dav1d = avcodec_find_decoder_by_name("libdav1d");
  if (decoder->id == AV_CODEC_ID_AV1 && dav1d) decoder = dav1d;
  AVCodecContext *codec = avcodec_alloc_context3(decoder);
  avcodec_parameters_to_context(codec, file->streams[stream]->codecpar);
  codec->thread_count = 1;
  if (avcodec_open2(codec, decoder, NULL) < 0) return fail("cannot open the decoder");
  if (!read_packets(file, stream)) return fail("no packets");
  int64_t *times = malloc(count * sizeof *times);
  for (int k = 0; k < count; k++) times[k] = packets[k]->pts;
  qsort(times, count, sizeof *times, by_time);

  AVFrame *frame = av_frame_alloc();
  int number, frames = 0, decoded = 0;
  double seconds = 0;
  while (scanf("%d", &number) == 1) {
    if (number < 0 || number >= count) return fail("no such frame");
    int first = 0;
    for (int k = 0; k < count && packets[k]->pts <= times[number]; k++)
      if (packets[k]->flags & AV_PKT_FLAG_KEY) first = k;
    double start = now();
    int found = decode(codec, frame, first, times[number]);
    seconds += now() - start;
    if (found < 0) return fail("a frame could not be decoded");
    decoded += found;
    frames++;
  }
  printf("{\"seconds\": %.6f, \"frames\": %d, \"decoded\": %d}\n", seconds, frames, decoded);
  return 0;
}
