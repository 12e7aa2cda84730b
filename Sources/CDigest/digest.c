#include "cdigest.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>

#include "clibraries.h"

static void *(*context_new)(void);
static void (*context_free)(void *context);
static const void *(*md5)(void);
static const void *(*sha1)(void);
static const void *(*sha256)(void);
static int (*init)(void *context, const void *type, void *engine);
static int (*update)(void *context, const void *bytes, size_t count);
static int (*finish)(void *context, unsigned char *result, unsigned int *length);

static pthread_once_t once = PTHREAD_ONCE_INIT;
static char reason[256];
static const char *failure;

static void open_library(void) {
  const char *names[] = {"libcrypto.so.3", "libcrypto.so.1.1"};
  void *library = NULL;
  for (int i = 0; !library && i < 2; i++) library = cl_open(names[i]);
  if (library) {
    *(void **)&context_new = dlsym(library, "EVP_MD_CTX_new");
    *(void **)&context_free = dlsym(library, "EVP_MD_CTX_free");
    *(void **)&md5 = dlsym(library, "EVP_md5");
    *(void **)&sha1 = dlsym(library, "EVP_sha1");
    *(void **)&sha256 = dlsym(library, "EVP_sha256");
    *(void **)&init = dlsym(library, "EVP_DigestInit_ex");
    *(void **)&update = dlsym(library, "EVP_DigestUpdate");
    *(void **)&finish = dlsym(library, "EVP_DigestFinal_ex");
    if (context_new && context_free && md5 && sha1 && sha256 && init && update && finish) return;
  }
  const char *text = dlerror();
  snprintf(reason, sizeof reason, "%s", text ? text : "libcrypto is not complete");
  failure = reason;
}

const char *cd_open(void) {
  pthread_once(&once, open_library);
  return failure;
}

void *cd_new(int kind) {
  void *context = context_new();
  const void *type = kind == cd_md5 ? md5() : kind == cd_sha1 ? sha1() : sha256();
  if (context && init(context, type, NULL) == 1) return context;
  context_free(context);
  return NULL;
}

int cd_update(void *digest, const void *bytes, size_t count) {
  return update(digest, bytes, count) == 1 ? 0 : -1;
}

int cd_finish(void *digest, uint8_t *result) {
  unsigned int length = 0;
  return finish(digest, result, &length) == 1 ? (int)length : -1;
}

void cd_free(void *digest) {
  if (digest) context_free(digest);
}
