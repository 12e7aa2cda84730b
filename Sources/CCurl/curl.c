#include "ccurl.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "clibraries.h"

// The numbers of curl/curl.h that are used here.
enum {
  LONG = 0, POINTER = 10000, FUNCTION = 20000, OFFSET = 30000,
  OPT_URL = POINTER + 2, OPT_PROXY = POINTER + 4, OPT_ERRORBUFFER = POINTER + 10,
  OPT_WRITEDATA = POINTER + 1, OPT_READDATA = POINTER + 9, OPT_HTTPHEADER = POINTER + 23,
  OPT_HEADERDATA = POINTER + 29, OPT_CUSTOMREQUEST = POINTER + 36, OPT_XFERINFODATA = POINTER + 57,
  OPT_CAINFO = POINTER + 65, OPT_NOPROXY = POINTER + 177,
  OPT_WRITEFUNCTION = FUNCTION + 11, OPT_READFUNCTION = FUNCTION + 12,
  OPT_HEADERFUNCTION = FUNCTION + 79, OPT_XFERINFOFUNCTION = FUNCTION + 219,
  OPT_LOW_SPEED_LIMIT = LONG + 19, OPT_LOW_SPEED_TIME = LONG + 20, OPT_NOPROGRESS = LONG + 43,
  OPT_NOBODY = LONG + 44, OPT_UPLOAD = LONG + 46, OPT_CONNECTTIMEOUT = LONG + 78,
  OPT_HTTPGET = LONG + 80, OPT_BUFFERSIZE = LONG + 98, OPT_NOSIGNAL = LONG + 99,
  OPT_PROTOCOLS = LONG + 181, OPT_TCP_KEEPALIVE = LONG + 213, OPT_UPLOAD_BUFFERSIZE = LONG + 280,
  OPT_INFILESIZE_LARGE = OFFSET + 115,
  INFO_RESPONSE_CODE = 0x200000 + 2,
  PROTOCOLS_HTTP_AND_HTTPS = 3, GLOBAL_ALL = 3, READ_ABORT = 0x10000000,
};

const size_t ccu_abort = READ_ABORT;

static int (*global_init)(long flags);
static const char *(*version)(void);
static void *(*easy_init)(void);
static int (*setopt)(void *easy, int option, ...);
static int (*perform)(void *easy);
static int (*getinfo)(void *easy, int info, ...);
static void (*reset)(void *easy);
static void (*cleanup)(void *easy);
static const char *(*describe)(int code);
static void *(*append)(void *list, const char *text);
static void (*free_list)(void *list);

static pthread_once_t once = PTHREAD_ONCE_INIT;
static char reason[256];
static const char *failure;

#define FUNCTIONS(X) \
  X(global_init, "curl_global_init") X(version, "curl_version") X(easy_init, "curl_easy_init") \
  X(setopt, "curl_easy_setopt") X(perform, "curl_easy_perform") \
  X(getinfo, "curl_easy_getinfo") X(reset, "curl_easy_reset") X(cleanup, "curl_easy_cleanup") \
  X(describe, "curl_easy_strerror") X(append, "curl_slist_append") \
  X(free_list, "curl_slist_free_all")

static void open_library(void) {
  // Debian has it with either library for TLS.
  const char *names[] = {"libcurl.so.4", "libcurl-gnutls.so.4"};
  void *library = NULL;
  for (int i = 0; !library && i < 2; i++) library = cl_open(names[i]);
  const char *text = dlerror();
  if (library) {
    text = NULL;
#define X(function, name) \
    *(void **)&function = dlsym(library, name); \
    if (!function) text = "libcurl lacks " name;
    FUNCTIONS(X)
#undef X
    if (!text && global_init(GLOBAL_ALL) == 0) return;
  }
  snprintf(reason, sizeof reason, "%s", text ? text : "libcurl cannot be started");
  failure = reason;
}

const char *ccu_open(void) {
  pthread_once(&once, open_library);
  return failure;
}

const char *ccu_version(void) { return ccu_open() ? "" : version(); }

void *ccu_new(void) { return easy_init(); }

void ccu_free(void *connection) {
  if (connection) cleanup(connection);
}

// --- one exchange ------------------------------------------------------------------------------

static size_t take_head(char *bytes, size_t size, size_t count, void *request) {
  const ccu_request *r = request;
  return r->head_sink(bytes, size * count, r->context);
}

static size_t take_body(char *bytes, size_t size, size_t count, void *request) {
  const ccu_request *r = request;
  return r->body_sink(bytes, size * count, r->context);
}

static size_t give_body(char *bytes, size_t size, size_t count, void *request) {
  const ccu_request *r = request;
  return r->body ? r->body(bytes, size * count, r->context) : 0;
}

static int ask(void *request, int64_t a, int64_t b, int64_t c, int64_t d) {
  const ccu_request *r = request;
  return r->shall_end(r->context) ? 1 : 0;
}

// libcurl's numbers for what can go wrong.
static ccu_result result(int code) {
  switch (code) {
  case 0: return ccu_ok;
  case 5: return ccu_no_proxy;
  case 6: return ccu_no_host;
  case 7: return ccu_no_connection;
  case 28: return ccu_timeout;
  case 35: case 51: case 53: case 54: case 58: case 59: case 60: case 66: case 77: case 80:
  case 82: case 83: case 90: case 91: return ccu_tls;
  case 16: case 18: case 52: case 55: case 56: case 65: case 92: return ccu_cut;
  case 23: case 26: case 42: return ccu_ended;
  default: return ccu_other;
  }
}

static void set_body(void *easy, const char *method, const ccu_request *r) {
  if (strcmp(method, "HEAD") == 0) {
    setopt(easy, OPT_NOBODY, 1L);
  } else if (r->body_size >= 0) {
    setopt(easy, OPT_UPLOAD, 1L);
    setopt(easy, OPT_INFILESIZE_LARGE, r->body_size);
    setopt(easy, OPT_READFUNCTION, give_body);
    setopt(easy, OPT_READDATA, r);
    setopt(easy, OPT_UPLOAD_BUFFERSIZE, 1L << 18);
    setopt(easy, OPT_CUSTOMREQUEST, method);
  } else {
    setopt(easy, OPT_HTTPGET, 1L);
    setopt(easy, OPT_CUSTOMREQUEST, method);
  }
}

ccu_result ccu_perform(
    void *easy, const char *method, const char *address, const char *proxy, const char *certificates,
    const ccu_request *r, long *status, char *message) {
  *status = 0;
  message[0] = 0;
  void *headers = NULL;
  for (const char *const *line = r->headers; *line; line++) {
    void *longer = append(headers, *line);
    if (!longer) {
      free_list(headers);
      return ccu_other;
    }
    headers = longer;
  }
  // Connections and what was looked up stay.
  reset(easy);
  setopt(easy, OPT_URL, address);
  setopt(easy, OPT_PROTOCOLS, (long)PROTOCOLS_HTTP_AND_HTTPS);
  setopt(easy, OPT_HTTPHEADER, headers);
  // What the environment says of proxies was read before.
  setopt(easy, OPT_PROXY, proxy);
  setopt(easy, OPT_NOPROXY, "");
  if (certificates) setopt(easy, OPT_CAINFO, certificates);
  setopt(easy, OPT_NOSIGNAL, 1L);
  setopt(easy, OPT_TCP_KEEPALIVE, 1L);
  setopt(easy, OPT_CONNECTTIMEOUT, r->connect_timeout);
  setopt(easy, OPT_LOW_SPEED_LIMIT, 1L);
  setopt(easy, OPT_LOW_SPEED_TIME, r->idle_timeout);
  setopt(easy, OPT_BUFFERSIZE, 1L << 18);
  setopt(easy, OPT_ERRORBUFFER, message);
  setopt(easy, OPT_HEADERFUNCTION, take_head);
  setopt(easy, OPT_HEADERDATA, r);
  setopt(easy, OPT_WRITEFUNCTION, take_body);
  setopt(easy, OPT_WRITEDATA, r);
  setopt(easy, OPT_NOPROGRESS, 0L);
  setopt(easy, OPT_XFERINFOFUNCTION, ask);
  setopt(easy, OPT_XFERINFODATA, r);
  set_body(easy, method, r);
  int code = perform(easy);
  getinfo(easy, INFO_RESPONSE_CODE, status);
  if (code && !message[0]) snprintf(message, 256, "%s", describe(code));
  // The buffer is the caller's.
  setopt(easy, OPT_ERRORBUFFER, NULL);
  free_list(headers);
  return result(code);
}
