#include "pmt/source.h"

bool pmt_source_binary(struct pmt_source *s)
{
    struct pmt_slice head = pmt_source_head(s);
    size_t control = 0, text = 0;
    bool line_start = true;
    for (size_t i = 0; i < head.n; i++) {
        unsigned char c = (unsigned char)head.p[i];
        if (c == '\0') {
            if (!line_start)
                return true;
            continue; /* another truncation's NULs, in front of a later line */
        }
        line_start = c == '\n';
        text++;
        control += (c < 0x20 && c != '\t' && c != '\r' && c != '\n' && c != 0x1b) || c == 0x7f;
    }
    return control * 10 > text;
}
