/*
 * Lets Postfix run as an ordinary user. Its master insists on being root and its daemons change to mail_owner, and
 * check that they did; here mail_owner is the user who runs it all, so every change is one to itself. This remembers
 * what was asked for and says "done". No right is gained: the kernel still knows who this is. Loaded by LD_PRELOAD into
 * the lab's own Postfix and nothing else. (libuid_wrapper does the same but for initgroups, which Postfix calls.)
 */
#include <grp.h>
#include <sys/types.h>
#include <unistd.h>

static uid_t real_uid, effective_uid;
static gid_t real_gid, effective_gid;

uid_t getuid(void) { return real_uid; }
uid_t geteuid(void) { return effective_uid; }
gid_t getgid(void) { return real_gid; }
gid_t getegid(void) { return effective_gid; }

int setuid(uid_t uid) { real_uid = effective_uid = uid; return 0; }
int seteuid(uid_t uid) { effective_uid = uid; return 0; }
int setgid(gid_t gid) { real_gid = effective_gid = gid; return 0; }
int setegid(gid_t gid) { effective_gid = gid; return 0; }

int setgroups(size_t size, const gid_t *list) { (void)size; (void)list; return 0; }
int initgroups(const char *user, gid_t group) { (void)user; (void)group; return 0; }
