#include "infer_parts.h"

bool pmt_holds_addresses(const struct pmt_column *c)
{
    return c->shape == SHAPE_ADDRESS || c->shape == SHAPE_ADDRESS_PORT ||
           c->shape == SHAPE_ADDRESSES;
}

bool pmt_holds_ports(const struct pmt_column *c)
{
    return c->shape == SHAPE_ADDRESSES || c->shape == SHAPE_ADDRESS_PORT;
}

struct pmt_column *pmt_with_role(const struct pmt_skeleton *s, enum pmt_role role)
{
    for (size_t i = 0; i < s->n; i++)
        if (s->cols[i]->role == role)
            return s->cols[i];
    return NULL;
}

bool pmt_behind_request(const struct pmt_skeleton *s, size_t i)
{
    if (!i)
        return false;
    uint8_t role = s->cols[i - 1]->role;
    return role == ROLE_REQUEST || role == ROLE_PROTOCOL || role == ROLE_PATH;
}

bool pmt_only_parts(struct pmt_slice s)
{
    bool dashes = true;
    for (size_t i = 0; i < s.n; i++) {
        if (!strchr("-<>=|:;,", s.p[i]))
            return false;
        dashes &= s.p[i] == '-';
    }
    return !dashes && !(s.n > 1 && *s.p == '<' && s.p[s.n - 1] == '>');
}
