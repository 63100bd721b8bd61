// Sends noise on an interface at a rate: VRRP of other routers, VRRP of ours with wrong checksums, with right ones and a random
// trailer where a signature is expected, of version 2 with a password, random bytes as protocol 112, VRRP over IPv6, ARP claims of
// other addresses, plain UDP, and right advertisements with another hop limit, all from random sources to multicast or broadcast.
// The frames are made once, and sent in random order: so a processor sends several hundred thousand a second.
// Usage: noise INTERFACE PACKETS_A_SECOND. SIGTERM ends it; it prints how many packets it has sent, and for how many seconds.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define BATCH 64
#define FRAMES 16384
static volatile sig_atomic_t ended;
static void end(int number) { (void)number; ended = 1; }
static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec + t.tv_nsec / 1e9;
}
static void sum(unsigned char *bytes, int length, unsigned char *at) {
  unsigned total = 0;
  at[0] = at[1] = 0;
  for (int i = 0; i < length; i += 2) total += bytes[i] << 8 | bytes[i + 1];
  while (total >> 16) total = (total & 0xffff) + (total >> 16);
  at[0] = ~total >> 8;
  at[1] = ~total;
}
static size_t make(unsigned char *f) {
  memset(f, 0, 80);
  for (int i = 0; i < 6; i++) f[6 + i] = rand();
  f[6] = 2;
  int kind = rand() % 9;
  if (kind == 2) {
    memset(f, 0xff, 6);
    memcpy(f + 12, "\x08\x06\x00\x01\x08\x00\x06\x04\x00\x02", 10);
    memcpy(f + 22, f + 6, 6);
    f[28] = 10; f[29] = rand(); f[30] = rand(); f[31] = rand();
    memcpy(f + 38, f + 28, 4);
    return 60;
  }
  if (kind == 7) {
    unsigned char *ip = f + 14, *p = ip + 40;
    memcpy(f, "\x33\x33\x00\x00\x00\x12", 6);
    f[12] = 0x86; f[13] = 0xdd;
    ip[0] = 0x60; ip[5] = 24; ip[6] = 112; ip[7] = 255;
    ip[8] = 0xfe; ip[9] = 0x80; ip[22] = rand(); ip[23] = rand();
    ip[24] = 0xff; ip[25] = 2; ip[39] = 0x12;
    p[0] = 0x31; p[1] = 51; p[2] = rand(); p[3] = 1; p[5] = 100; p[6] = rand(); p[7] = rand();
    return 78;
  }
  memcpy(f, "\x01\x00\x5e\x00\x00\x12\x00", 6);
  f[12] = 8;
  unsigned char *ip = f + 14, *p = ip + 20;
  int length = kind == 4 ? 44 : kind == 5 ? 20 : 12;
  ip[0] = 0x45;
  ip[3] = 20 + length;
  ip[8] = kind == 8 ? rand() % 255 : 255;
  ip[9] = kind == 3 ? 17 : 112;
  ip[12] = 192; ip[13] = 168; ip[14] = 55; ip[15] = 13 + rand() % 200;
  ip[16] = 224; ip[19] = 18;
  sum(ip, 20, ip + 10);
  if (kind == 3) { p[0] = rand(); p[1] = rand(); p[3] = 9; p[5] = 12; return 60; }
  if (kind == 6) { for (int i = 0; i < 12; i++) p[i] = rand(); return 60; }
  // Below the priority of a backup: where no signature is expected it would be another backup's.
  p[0] = kind == 5 ? 0x21 : 0x31; p[1] = kind == 0 ? 100 + rand() % 100 : 51; p[2] = 1 + rand() % 90; p[3] = 1;
  if (kind == 5) { p[4] = 1; p[5] = 1; } else p[5] = 100;
  memcpy(p + 8, (unsigned char[]){192, 168, 55, 100}, 4);
  for (int i = 12; i < length; i++) p[i] = rand();
  // Version 3 of RFC 5798 without a pseudo-header, version 2 without its password.
  sum(p, 12, p + 6);
  if (kind == 1) { p[6] = rand(); p[7] = rand(); }
  return 34 + length < 60 ? 60 : 34 + length;
}
int main(int count, char **words) {
  if (count != 3) return 2;
  double rate = atof(words[2]);
  int fd = socket(AF_PACKET, SOCK_RAW, 0);
  struct sockaddr_ll to = {.sll_family = AF_PACKET, .sll_ifindex = if_nametoindex(words[1])};
  if (fd < 0 || bind(fd, (struct sockaddr *)&to, sizeof to) < 0) { perror("noise"); return 1; }
  signal(SIGTERM, end);
  // Past the queue of the interface, which would only wait for a lock.
  int yes = 1;
  setsockopt(fd, SOL_PACKET, PACKET_QDISC_BYPASS, &yes, sizeof yes);
  static unsigned char frames[FRAMES][80];
  static size_t lengths[FRAMES];
  for (int i = 0; i < FRAMES; i++) lengths[i] = make(frames[i]);
  struct iovec parts[BATCH];
  struct mmsghdr messages[BATCH];
  memset(messages, 0, sizeof messages);
  double began = now();
  long sent = 0;
  while (!ended) {
    double due = began + sent / rate, t = now();
    if (due > t) {
      struct timespec rest = {0, (due - t) * 1e9 > 5e6 ? 5000000 : (long)((due - t) * 1e9)};
      nanosleep(&rest, 0);
      continue;
    }
    for (int i = 0; i < BATCH; i++) {
      int one = rand() % FRAMES;
      parts[i] = (struct iovec){frames[one], lengths[one]};
      messages[i].msg_hdr.msg_iov = &parts[i];
      messages[i].msg_hdr.msg_iovlen = 1;
    }
    int done = sendmmsg(fd, messages, BATCH, 0);
    if (done > 0) sent += done;
  }
  printf("%ld %.3f\n", sent, now() - began);
  return 0;
}
