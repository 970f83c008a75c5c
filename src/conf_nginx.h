/* conf_nginx.h - what conf_nginx.c (words and directives) and conf_nginx_vars.c (variables of a
 * site's own) share; not for anyone else. */
#ifndef PMT_CONF_NGINX_H
#define PMT_CONF_NGINX_H

#include "conf_parts.h"

/* A variable that map or set makes. */
struct pmt_conf_var {
    struct pmt_slice name;
    int row;      /* what it stands for, where that is settled */
    int source;   /* what map looks at, when it is one variable */
    int value;    /* what it is when nothing else is said */
    bool settled;
    bool other;   /* it may be something else too */
};

struct pmt_conf_vars {
    struct pmt_conf_var *v;
    size_t n, cap;
    size_t open;  /* the map that is being read, from 1; 0: none, or one that does not matter */
};

/* set $name value; */
void pmt_conf_set(struct pmt_conf_vars *v, const struct pmt_conf_words *w);
/* map source $name { */
void pmt_conf_map(struct pmt_conf_vars *v, const struct pmt_conf_words *w);
/* key value; inside of it */
void pmt_conf_map_entry(struct pmt_conf_vars *v, const struct pmt_conf_words *w);
/* The format with each variable that stands for another written as that one; in the arena, or as it
 * was. */
const char *pmt_conf_with_vars(struct pmt_conf_vars *v, const char *format,
                               struct pmt_arena *arena);

#endif
