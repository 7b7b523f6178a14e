# SPDX-License-Identifier: BSD-2-Clause
case x in y) false;; esac; echo $?
case x in x) false;; esac; echo $?
case x in (x) echo open;; esac
case a in a|b) echo first;; a) echo second;; esac
