# SPDX-License-Identifier: MIT

def add(first, second):
    return first + second
