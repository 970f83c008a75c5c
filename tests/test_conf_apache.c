#include "conf_lines.h"

static void reads_formats(void **state)
{
    (void)state;
    static const struct conf_case cases[] = {
        {"", "", NULL},
        {"LogFormat \"%h %l %u %t \\\"%r\\\" %>s %b\" common\n",
         "LogFormat common:1 %h %l %u %t \"%r\" %>s %b\n", NULL},
        {"  logformat '%h %t \"%r\" %s' x\r\n", "LogFormat x:1 %h %t \"%r\" %s\n", NULL},
        {"# LogFormat \"%h\" x\n#CustomLog a x\\\nLogFormat no no\nLogFormat %s y\n",
         "LogFormat y:4 %s\n", NULL},
        {"LogFormat \"%h \\\n  %s\" x\nLogFormat %b y\n",
         "LogFormat x:1 %h   %s\nLogFormat y:3 %b\n",
         NULL},
        {"LogFormat \"%h\\t%s \\\\\" x\n", "LogFormat x:1 %h\\t%s \\\n", NULL},
    };
    CHECK_ALL(PMT_DIALECT_APACHE, cases);
}

static void ties_files_to_formats(void **state)
{
    (void)state;
    static const struct conf_case cases[] = {
        {"LogFormat %s x\n<VirtualHost *:80>\nCustomLog ${APACHE_LOG_DIR}/access.log x\n"
         "ErrorLog ${APACHE_LOG_DIR}/error.log\n</VirtualHost>\n",
         "LogFormat x:1 %s >/var/log/apache2/access.log\n", NULL},
        {"CustomLog logs/a.log \"%h %s\" env=!dontlog\n", "CustomLog:1 %h %s >logs/a.log\n", NULL},
        {"Define L /srv/log\nDefine F %s\nLogFormat ${F} x\nGlobalLog ${L}/a.log x\n",
         "LogFormat x:3 %s >/srv/log/a.log\n", NULL},
        {"LogFormat \"%h %t\"\nTransferLog a.log\n", "LogFormat:1 %h %t >a.log\n", NULL},
        {"TransferLog a.log\n", "TransferLog:1 built in >a.log\n", NULL},
        {"LogFormat %s x\nCustomLog \"|/usr/bin/rotatelogs -l /l/a.%Y-%m.log 86400\" x\n"
         "CustomLog \"|$/bin/cat\" x\n",
         "LogFormat x:1 %s >/l/a.*-*.log\nLogFormat x:1 %s\n", NULL},
        {"CustomLog a.log none\n", "CustomLog:1 built in >a.log\n",
         "1: CustomLog names the format \"none\", which no LogFormat has\n"},
        {"CustomLog ${WHERE}/a.log %s\n", "CustomLog:1 %s >/a.log\n",
         "1: ${WHERE} is set outside of the configuration\n"},
        {"CustomLog\nCustomLog a\nTransferLog\n", "",
         "1: CustomLog without a file\n2: CustomLog without a format\n3: TransferLog without\n"},
    };
    CHECK_ALL(PMT_DIALECT_APACHE, cases);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_formats),
        cmocka_unit_test(ties_files_to_formats),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
