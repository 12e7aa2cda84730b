// HTTP by libcurl, opened at run time: it and what it loads take longer to load than the rest of the
// program, and only what is fetched from a network needs it. No header of libcurl is needed; its
// functions and the numbers of its options never change within libcurl.so.4.
//
// One exchange a call: no redirect is followed, no cookie kept, no password read from a file, and only
// http and https are spoken.
#ifndef CCURL_H
#define CCURL_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// Opens the library; later calls, from any thread, return what the first did.
///
/// Returns NULL, or a message why it cannot be used, which stays valid.
const char *_Nullable ccu_open(void);

/// The library's release; "" where it cannot be opened.
const char *_Nonnull ccu_version(void);

/// Takes bytes; returns how many. Fewer than given end the exchange.
typedef size_t (*ccu_sink)(const char *_Nonnull bytes, size_t count, void *_Nullable context);
/// Gives up to `count` bytes; returns how many, 0 at the end, ccu_abort to end the exchange.
typedef size_t (*ccu_source)(char *_Nonnull bytes, size_t count, void *_Nullable context);
/// Whether the exchange shall end; asked at least once a second.
typedef bool (*ccu_question)(void *_Nullable context);

extern const size_t ccu_abort;

typedef struct {
  /// Lines such as "Accept: x", ended by NULL.
  const char *_Nullable const *_Nullable headers;
  /// Seconds until a connection stands, and without a byte until it is given up.
  long connect_timeout, idle_timeout;
  /// The request's body: its length in bytes, or -1 where it has none.
  int64_t body_size;
  ccu_source _Nullable body;
  /// Gets each line of the answer's head, and the pieces of its body.
  ccu_sink _Nonnull head_sink, body_sink;
  ccu_question _Nonnull shall_end;
  void *_Nullable context;
} ccu_request;

/// Why an exchange has failed.
typedef enum {
  ccu_ok, ccu_no_host, ccu_no_proxy, ccu_no_connection, ccu_timeout, ccu_tls, ccu_cut, ccu_ended, ccu_other
} ccu_result;

/// A connection that stays open between exchanges. It belongs to one thread at a time.
void *_Nullable ccu_new(void);
void ccu_free(void *_Nullable connection);

/// Does one exchange.
///
/// - proxy: its address; "" for none.
/// - certificates: a file of those that are trusted instead of the system's, or NULL.
/// - status: the answer's, 0 where there was none.
/// - message: 256 bytes for the library's own words.
ccu_result ccu_perform(
    void *_Nonnull connection, const char *_Nonnull method, const char *_Nonnull address,
    const char *_Nonnull proxy, const char *_Nullable certificates,
    const ccu_request *_Nonnull request, long *_Nonnull status, char *_Nonnull message);
#endif
