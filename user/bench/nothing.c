/* SPDX-License-Identifier: BSD-2-Clause */
/* The smallest program: what spawn_exit starts. */
int main(void)
{
    return 0;
}
