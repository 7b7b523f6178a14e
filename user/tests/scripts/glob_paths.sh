# SPDX-License-Identifier: BSD-2-Clause
mkdir -p d/e d/f; touch d/e/1 d/f/2 d/g
echo d/*
echo d/*/*
echo */e
echo d/?/1
cd d; echo *
