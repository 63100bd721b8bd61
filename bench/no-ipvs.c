/* Loaded before libnl, answers every IPVS request of keepalived with success: its checker runs on a kernel without IPVS. */

typedef int (*callback)(void *message, void *argument);

/* libnl's enum nl_cb_type. */
enum { finish = 1, acknowledge = 4, types = 16 };
static callback functions[types];
static void *arguments[types];

int genl_connect(void *socket) { return 0; }

int genl_ctrl_resolve(void *socket, const char *family) { return 1; }

int nl_socket_modify_cb(void *socket, int type, int kind, callback function, void *argument) {
  functions[type] = function;
  arguments[type] = argument;
  return 0;
}

int nl_send_auto(void *socket, void *message) { return 0; }

int nl_recvmsgs_default(void *socket) {
  if (functions[finish]) functions[finish](0, arguments[finish]);
  if (functions[acknowledge]) functions[acknowledge](0, arguments[acknowledge]);
  return 0;
}
